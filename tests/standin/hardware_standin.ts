/**
 * Builds the stand-ins for hardware encoders (`hardware_standin.c`).
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { run } from "./_run.ts";

const SOURCE = fileURLToPath(new URL("./hardware_standin.c", import.meta.url));

/** A machine with such encoders. Its folder goes when it is disposed. */
export class HardwareStandin implements Disposable {
  readonly #folder: string;
  readonly #elements: readonly string[];

  private constructor(folder: string, elements: readonly string[]) {
    this.#folder = folder;
    this.#elements = elements;
  }

  /** Compiles it with `cc`: a machine that has these elements. */
  static async build(elements: readonly string[]): Promise<HardwareStandin> {
    const folder = await Deno.makeTempDir({ prefix: "hardware-standin-" });
    const flags = await run("pkg-config", ["--cflags", "--libs", "gstreamer-1.0"]);
    await run("cc", [
      "-shared",
      "-fPIC",
      "-Wall",
      "-Wextra",
      "-Werror",
      SOURCE,
      "-o",
      `${folder}/libgsthardwarestandin.so`,
      ...flags.trim().split(/\s+/),
    ]);
    return new HardwareStandin(folder, elements);
  }

  /** To be added to the environment of a process. */
  get env(): Readonly<Record<string, string>> {
    return {
      GST_PLUGIN_PATH: this.#folder,
      // The user's own list of plugins must not learn of it.
      GST_REGISTRY: `${this.#folder}/registry.bin`,
      HARDWARE_STANDIN: `${this.#folder}/properties`,
      HARDWARE_STANDIN_HAS: this.#elements.join(" "),
    };
  }

  /** What was set of an element so far: `name=value`, in order. */
  properties(element: string): string[] {
    const lines = Deno.readTextFileSync(`${this.#folder}/properties`).trim().split("\n");
    return lines.filter((line) => line.startsWith(`${element} `))
      .map((line) => line.slice(element.length + 1).replace(" ", "=").replaceAll("\\", ""));
  }

  /** Removes it. */
  [Symbol.dispose](): void {
    Deno.removeSync(this.#folder, { recursive: true });
  }
}
