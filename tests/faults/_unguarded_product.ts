import { productCommand } from "../_harness/product.ts";

const NATIVE = new URL("../../native/", import.meta.url).pathname;
/** Without it nobody waits for the signal when a read fails. */
const ARMING = "\tactive = &guard;\n";

/** The product with a native shim that has no guard against segments that shrink. Gone when disposed. */
export class UnguardedProduct implements AsyncDisposable {
  /** What goes where `--bin` goes. */
  readonly bin: string;
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
    this.bin = `${directory}/cvmmap-streamer`;
  }

  /** Builds it with `cc`, as `scripts/build_native.sh` does. */
  static async build(): Promise<UnguardedProduct> {
    const directory = await Deno.makeTempDir({ prefix: "cvmmap_unguarded_" });
    const product = new UnguardedProduct(directory);
    try {
      await compile(directory);
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

async function compile(directory: string): Promise<void> {
  for await (const { name } of Deno.readDir(NATIVE)) {
    if (/\.[ch]$/.test(name)) await Deno.copyFile(`${NATIVE}${name}`, `${directory}/${name}`);
  }
  const parts = (await Deno.readTextFile(`${directory}/guard.c`)).split(ARMING);
  if (parts.length !== 2) throw new Error("The guard is armed elsewhere now");
  await Deno.writeTextFile(`${directory}/guard.c`, parts.join(""));
  const sources = Array.from(Deno.readDirSync(directory), ({ name }) => name)
    .filter((name) => name.endsWith(".c"));
  const { success, stderr } = await new Deno.Command("cc", {
    args: [
      ...["-std=c11", "-O2", "-fPIC", "-shared", "-o", "shim.so", ...sources],
      ...["-ldl", "-lpthread", "-lrt"],
    ],
    cwd: directory,
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}
