/**
 * Builds and steers the stand-in for a hardware encoder (`encoder_standin.c`).
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { NvencStandin } from "./nvenc_standin.ts";
import { run } from "./_run.ts";

const SOURCE = fileURLToPath(new URL("./encoder_standin.c", import.meta.url));

/** What the encoder does. */
export type EncoderMode = "works" | "slow" | "nothing";

/**
 * What a process needs to take `nvh264enc` for a hardware encoder that is there: an NVIDIA driver that
 * says so, and the element. Its folder goes when it is disposed.
 */
export class EncoderStandin implements Disposable {
  readonly #nvenc: NvencStandin;
  readonly #folder: string;
  readonly #slowMs: number;

  private constructor(nvenc: NvencStandin, folder: string, slowMs: number) {
    this.#nvenc = nvenc;
    this.#folder = folder;
    this.#slowMs = slowMs;
    this.mode = "works";
  }

  /**
   * Compiles both with `cc` into new temporary folders.
   *
   * @param slowMs What a slow encoder takes longer for each picture, in milliseconds.
   * @throws {Error} When it does not compile, as without GStreamer's headers.
   */
  static async build(slowMs: number): Promise<EncoderStandin> {
    const nvenc = await NvencStandin.build();
    const folder = await Deno.makeTempDir({ prefix: "encoder-standin-" });
    const standin = new EncoderStandin(nvenc, folder, slowMs);
    try {
      const flags = (await run("pkg-config", ["--cflags", "--libs", "gstreamer-1.0"])).trim();
      await run("cc", [
        "-shared",
        "-fPIC",
        "-Wall",
        "-Wextra",
        "-Werror",
        "-o",
        `${folder}/libgstnvcodec.so`,
        SOURCE,
        ...flags.split(/\s+/),
      ]);
      return standin;
    } catch (error) {
      standin[Symbol.dispose]();
      throw error;
    }
  }

  /** What it does from the next picture on. */
  set mode(mode: EncoderMode) {
    Deno.writeTextFileSync(`${this.#folder}/mode.new`, mode);
    Deno.renameSync(`${this.#folder}/mode.new`, `${this.#folder}/mode`);
  }

  /** To be added to the environment of the process. */
  get env(): Readonly<Record<string, string>> {
    return {
      LD_LIBRARY_PATH: this.#nvenc.folder,
      GST_PLUGIN_PATH: this.#folder,
      // The user's own list of plugins must not learn of it.
      GST_REGISTRY: `${this.#folder}/registry.bin`,
      ENCODER_STANDIN: `${this.#folder}/mode`,
      ENCODER_STANDIN_SLOW_MS: `${this.#slowMs}`,
    };
  }

  /** Removes it. */
  [Symbol.dispose](): void {
    this.#nvenc[Symbol.dispose]();
    Deno.removeSync(this.#folder, { recursive: true });
  }
}
