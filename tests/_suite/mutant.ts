const ROOT = new URL("../../", import.meta.url).pathname;

/**
 * What makes up the product. Only the TypeScript is copied and edited; the native shim is linked.
 */
const COPIED = ["main.ts", "deno.json", "deno.lock", "src", "ffi"];
const LINKED = ["native"];

/** A change to the product's sources. */
export interface Edit {
  /** Path from the root of the checkout. */
  readonly file: string;
  /** Text that occurs exactly once in the file. */
  readonly find: string;
  /** Text that replaces it. */
  readonly replace: string;
}

/**
 * A copy of the product with a fault, to show that a suite detects the fault. Disposal removes the
 * copy.
 *
 * @example
 * ```ts ignore
 * await using mutant = await Mutant.make([{ file: "src/rtp/ntp.ts", find: "1970", replace: "1980" }]);
 * const result = await runCase(row, { bin: mutant.bin, evidenceDir });
 * ```
 */
export class Mutant implements AsyncDisposable {
  /** Path of the executable, for `--bin`. */
  readonly bin: string;
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
    this.bin = `${directory}/cvmmap-streamer`;
  }

  /**
   * Copies the sources and applies the edits to the copy. Without edits the copy is the unchanged
   * product.
   *
   * @throws {Error} If a text to be replaced does not occur exactly once.
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

  /** Removes the copy. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#directory, { recursive: true });
  }

  /** Writes an executable that runs the task `streamer` on the copy. */
  async #writeLauncher(): Promise<void> {
    const { tasks } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
    const command: string = tasks.streamer.command;
    // The task is "deno run FLAGS main.ts". exec lets signals reach the product.
    const args = command.split(" ").slice(1, -1);
    const program = [Deno.execPath(), ...args, `${this.#directory}/main.ts`].map(shellQuoted).join(
      " ",
    );
    await Deno.writeTextFile(this.bin, `#!/bin/sh\nexec ${program} "$@"\n`, { mode: 0o755 });
  }
}

function shellQuoted(word: string): string {
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
    throw new Error(`${file}: expected one occurrence, got ${parts.length - 1}, of: ${find}`);
  }
  await Deno.writeTextFile(path, parts.join(replace));
}
