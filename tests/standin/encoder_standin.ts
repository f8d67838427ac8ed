/**
 * Builds and controls the stand-in for a hardware encoder (`encoder_standin.c`).
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { compilePlugin } from "./_compile.ts";
import { NvencStandin } from "./nvenc_standin.ts";

const SOURCE = fileURLToPath(new URL("./encoder_standin.c", import.meta.url));

/** Behavior of the encoder; see `encoder_standin.c`. */
export type EncoderMode = "works" | "slow" | "nothing";

/**
 * Makes `nvh264enc` look like an available hardware encoder to a process: a stand-in for NVIDIA's
 * driver, and one for the element. Disposing it removes its folders.
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
   * Compiles both stand-ins with `cc` into new temporary folders.
   *
   * @param slowMs Additional time per picture in the mode `slow`, in milliseconds.
   * @throws {Error} If one does not compile, for example without GStreamer's headers.
   */
  static async build(slowMs: number): Promise<EncoderStandin> {
    const nvenc = await NvencStandin.build();
    const folder = await Deno.makeTempDir({ prefix: "encoder-standin-" });
    const standin = new EncoderStandin(nvenc, folder, slowMs);
    try {
      await compilePlugin(SOURCE, `${folder}/libgstnvcodec.so`);
      return standin;
    } catch (error) {
      standin[Symbol.dispose]();
      throw error;
    }
  }

  /** Sets the behavior from the next picture on. */
  set mode(mode: EncoderMode) {
    Deno.writeTextFileSync(`${this.#folder}/mode.new`, mode);
    Deno.renameSync(`${this.#folder}/mode.new`, `${this.#folder}/mode`);
  }

  /** Variables to add to the environment of the process. */
  get env(): Readonly<Record<string, string>> {
    return {
      LD_LIBRARY_PATH: this.#nvenc.folder,
      GST_PLUGIN_PATH: this.#folder,
      // Keeps the stand-in out of the user's plugin registry.
      GST_REGISTRY: `${this.#folder}/registry.bin`,
      ENCODER_STANDIN: `${this.#folder}/mode`,
      ENCODER_STANDIN_SLOW_MS: `${this.#slowMs}`,
    };
  }

  /** Removes the stand-ins. */
  [Symbol.dispose](): void {
    this.#nvenc[Symbol.dispose]();
    Deno.removeSync(this.#folder, { recursive: true });
  }
}
