/**
 * Builds the stand-ins for hardware encoders (`hardware_standin.c`).
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { compilePlugin } from "./_compile.ts";

const SOURCE = fileURLToPath(new URL("./hardware_standin.c", import.meta.url));

/** Makes hardware encoders look available to a process. Disposing it removes its folder. */
export class HardwareStandin implements Disposable {
  readonly #folder: string;
  readonly #elements: readonly string[];

  private constructor(folder: string, elements: readonly string[]) {
    this.#folder = folder;
    this.#elements = elements;
  }

  /**
   * Compiles the stand-ins with `cc`.
   *
   * @param elements Names of the elements that are available.
   */
  static async build(elements: readonly string[]): Promise<HardwareStandin> {
    const folder = await Deno.makeTempDir({ prefix: "hardware-standin-" });
    await compilePlugin(SOURCE, `${folder}/libgsthardwarestandin.so`);
    return new HardwareStandin(folder, elements);
  }

  /** Variables to add to the environment of a process. */
  get env(): Readonly<Record<string, string>> {
    return {
      GST_PLUGIN_PATH: this.#folder,
      // Keeps the stand-ins out of the user's plugin registry.
      GST_REGISTRY: `${this.#folder}/registry.bin`,
      HARDWARE_STANDIN: `${this.#folder}/properties`,
      HARDWARE_STANDIN_HAS: this.#elements.join(" "),
    };
  }

  /** Returns the properties that were set on an element so far, as `name=value`, in order. */
  properties(element: string): string[] {
    const lines = Deno.readTextFileSync(`${this.#folder}/properties`).trim().split("\n");
    return lines.filter((line) => line.startsWith(`${element} `))
      .map((line) => line.slice(element.length + 1).replace(" ", "=").replaceAll("\\", ""));
  }

  /** Removes the stand-ins. */
  [Symbol.dispose](): void {
    Deno.removeSync(this.#folder, { recursive: true });
  }
}
