const ROOT = new URL("../../", import.meta.url).pathname;

/** What the product is made of. The native shim is linked, not copied: mutants are of TypeScript. */
const COPIED = ["main.ts", "deno.json", "deno.lock", "src", "ffi"];
const LINKED = ["native"];

/** One change of the product's sources. */
export interface Edit {
  /** File, from the root of the checkout. */
  readonly file: string;
  /** Text that occurs exactly once in it. */
  readonly find: string;
  /** What stands there instead. */
  readonly replace: string;
}

/**
 * The product with a fault in it, to show that a suite finds that fault. Gone when disposed.
 *
 * @example
 * ```ts ignore
 * await using mutant = await Mutant.make([{ file: "src/rtp/ntp.ts", find: "1970", replace: "1980" }]);
 * const result = await runCase(row, { bin: mutant.bin, evidenceDir });
 * ```
 */
export class Mutant implements AsyncDisposable {
  /** What goes where `--bin` goes. */
  readonly bin: string;
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
    this.bin = `${directory}/cvmmap-streamer`;
  }

  /**
   * Copies the sources and edits the copy; without an edit it is the product as it is.
   *
   * @throws {Error} If a text to be replaced is not there, or there more than once: the mutant would
   * not be what its test says.
   */
  static async make(edits: readonly Edit[]): Promise<Mutant> {
    const mutant = new Mutant(await Deno.makeTempDir({ prefix: "cvmmap_mutant_" }));
    try {
      for (const name of COPIED) await copy(`${ROOT}${name}`, `${mutant.#directory}/${name}`);
      for (const name of LINKED) {
        await Deno.symlink(`${ROOT}${name}`, `${mutant.#directory}/${name}`);
      }
      for (const edit of edits) await apply(edit, mutant.#directory);
      await mutant.#writeLauncher();
      return mutant;
    } catch (error) {
      await mutant[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Removes it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#directory, { recursive: true });
  }

  /** The task `streamer` of the copy. */
  async #writeLauncher(): Promise<void> {
    const { tasks } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
    const command: string = tasks.streamer.command;
    // "deno run FLAGS main.ts"; exec, so that signals reach the product.
    const words = command.split(" ").slice(1, -1);
    const program = [Deno.execPath(), ...words, `${this.#directory}/main.ts`].map(quoted).join(" ");
    await Deno.writeTextFile(this.bin, `#!/bin/sh\nexec ${program} "$@"\n`, { mode: 0o755 });
  }
}

function quoted(word: string): string {
  return /^[\w./=,@+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

async function copy(from: string, to: string): Promise<void> {
  if (!(await Deno.stat(from)).isDirectory) return await Deno.copyFile(from, to);
  await Deno.mkdir(to);
  for await (const { name } of Deno.readDir(from)) await copy(`${from}/${name}`, `${to}/${name}`);
}

async function apply({ file, find, replace }: Edit, directory: string): Promise<void> {
  const path = `${directory}/${file}`;
  const parts = (await Deno.readTextFile(path)).split(find);
  if (parts.length !== 2) {
    throw new Error(`${file} has ${parts.length - 1} times, not once: ${find}`);
  }
  await Deno.writeTextFile(path, parts.join(replace));
}
