import { productCommand } from "../_harness/product.ts";
import type { Edit } from "../_suite/mutant.ts";

const NATIVE = new URL("../../native/", import.meta.url).pathname;

/** The product with a fault in its native shim. Disposal removes the shim. */
export class ShimMutant implements AsyncDisposable {
  /** Path of the executable, for `--bin`. */
  readonly bin: string;
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
    this.bin = `${directory}/cvmmap-streamer`;
  }

  /**
   * Builds the shim with `cc`, like `scripts/build_native.sh`.
   *
   * @param edit Edit of a file of `native/`.
   */
  static async make(edit: Edit): Promise<ShimMutant> {
    const directory = await Deno.makeTempDir({ prefix: "cvmmap_mutant_" });
    const product = new ShimMutant(directory);
    try {
      await compile(directory, edit);
      const { command, args } = productCommand([]);
      const program = [command, ...args].map((word) => `'${word}'`).join(" ");
      const script = `#!/bin/sh\nCVMMAP_SHIM='${directory}/shim.so' exec ${program} "$@"\n`;
      await Deno.writeTextFile(product.bin, script, { mode: 0o755 });
      return product;
    } catch (error) {
      await product[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Removes the shim and the launcher. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#directory, { recursive: true });
  }
}

async function compile(directory: string, { file, find, replace }: Edit): Promise<void> {
  for await (const { name } of Deno.readDir(NATIVE)) {
    if (/\.[ch]$/.test(name)) await Deno.copyFile(`${NATIVE}${name}`, `${directory}/${name}`);
  }
  const parts = (await Deno.readTextFile(`${directory}/${file}`)).split(find);
  if (parts.length !== 2) {
    throw new Error(`${file}: expected one occurrence, got ${parts.length - 1}, of: ${find}`);
  }
  await Deno.writeTextFile(`${directory}/${file}`, parts.join(replace));
  const sources = Array.from(Deno.readDirSync(directory), ({ name }) => name)
    .filter((name) => name.endsWith(".c"));
  const { success, stderr } = await new Deno.Command("cc", {
    args: [
      "-std=c11",
      "-O2",
      "-fPIC",
      "-shared",
      "-o",
      "shim.so",
      ...sources,
      "-ldl",
      "-lpthread",
      "-lrt",
    ],
    cwd: directory,
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}
