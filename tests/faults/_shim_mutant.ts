import { productCommand } from "../_harness/product.ts";
import type { Edit } from "../_suite/mutant.ts";

const NATIVE = new URL("../../native/", import.meta.url).pathname;

/** The product with a native shim that has a fault. Gone when disposed. */
export class ShimMutant implements AsyncDisposable {
  /** What goes where `--bin` goes. */
  readonly bin: string;
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
    this.bin = `${directory}/cvmmap-streamer`;
  }

  /**
   * Builds it with `cc`, as `scripts/build_native.sh` does.
   *
   * @param edit Its file is one of `native/`.
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

  /** Removes it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#directory, { recursive: true });
  }
}

async function compile(directory: string, { file, find, replace }: Edit): Promise<void> {
  for await (const { name } of Deno.readDir(NATIVE)) {
    if (/\.[ch]$/.test(name)) await Deno.copyFile(`${NATIVE}${name}`, `${directory}/${name}`);
  }
  const parts = (await Deno.readTextFile(`${directory}/${file}`)).split(find);
  if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} times: ${find}`);
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
