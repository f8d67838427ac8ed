import packageJson from "./package.json" with { type: "json" };
import { TextLineStream } from "./text_lines.ts";

/**
 * A script of this folder that runs under Node: independent of the product and of Deno.
 *
 * @example
 * ```ts ignore
 * await using subscriber = Peer.start("zmq_subscriber.mjs", ["ipc:///tmp/x"]);
 * const line = await subscriber.next();
 * ```
 */
export class Peer implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #lines: ReadableStreamDefaultReader<string>;

  private constructor(process: Deno.ChildProcess) {
    this.#process = process;
    this.#input = process.stdin.getWriter();
    this.#lines = process.stdout.pipeThrough(new TextDecoderStream())
      .pipeThrough(new TextLineStream()).getReader();
  }

  /**
   * Starts a script.
   *
   * @throws {Error} When the npm packages of this folder are not installed.
   */
  static start(script: string, args: readonly string[]): Peer {
    const here = new URL(".", import.meta.url);
    try {
      for (const name of Object.keys(packageJson.dependencies)) {
        Deno.statSync(new URL(`node_modules/${name}`, here));
      }
    } catch (cause) {
      throw new Error(
        "Run first: npm ci --ignore-scripts --prefix tests/peers",
        { cause },
      );
    }
    return new Peer(
      new Deno.Command("node", {
        args: [new URL(script, here).pathname, ...args],
        stdin: "piped",
        stdout: "piped",
        stderr: "inherit",
      }).spawn(),
    );
  }

  /**
   * The next line that the script prints, a JSON object.
   *
   * @throws {Error} When the script has ended.
   */
  async next(): Promise<Record<string, unknown>> {
    const { done, value } = await this.#lines.read();
    if (done) throw new Error("The peer has ended");
    return JSON.parse(value);
  }

  /** Gives the script a line. */
  async write(line: string): Promise<void> {
    // The types of older TypeScript say less of what encode() gives.
    await this.#input.write(
      new Uint8Array(new TextEncoder().encode(`${line}\n`)),
    );
  }

  /** Ends the script and waits for its end. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#input.close();
    await this.#lines.cancel();
    await this.#process.status;
  }
}
