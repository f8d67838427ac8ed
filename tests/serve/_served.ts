import { Child } from "../_harness/child.ts";
import { startProduct } from "../_harness/product.ts";
import { freeTcpPort } from "../_harness/tcp_ports.ts";
import { Workspace } from "../_harness/workspace.ts";

/** `cvmmap-streamer serve` with a file that a test may change. */
export class Served implements AsyncDisposable {
  readonly child: Child;
  readonly #workspace = new Workspace();
  readonly #port = freeTcpPort();
  readonly #signal: AbortSignal;

  /** @param streams The tables of the streams. */
  constructor(streams: string, signal: AbortSignal, flags: readonly string[] = []) {
    this.#signal = signal;
    this.write(streams);
    this.child = startProduct(["serve", this.path, ...flags], signal);
  }

  /** The file. */
  get path(): string {
    return this.#workspace.path("rig.toml");
  }

  /** Address of the HTTP server. */
  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  /** Writes the file anew, without telling the program. */
  write(streams: string): void {
    const http = `[http]\naddress = "127.0.0.1:${this.#port}"\n`;
    Deno.writeTextFileSync(this.path, `${http}${streams}`);
  }

  /** Reloads the file, and returns the status and what was answered. */
  async reload(): Promise<{ readonly status: number; readonly body: unknown }> {
    return await this.ask("POST", "/api/v1/reload");
  }

  /** A request to the API. */
  async ask(
    method: "GET" | "POST",
    path: string,
  ): Promise<{ readonly status: number; readonly body: unknown }> {
    const response = await fetch(`http://127.0.0.1:${this.#port}${path}`, {
      method,
      signal: this.#signal,
    });
    const text = await response.text();
    const isJson = response.headers.get("content-type") === "application/json";
    return { status: response.status, body: isJson ? JSON.parse(text) : text };
  }

  /** Resolves when all streams listen. */
  async ready(): Promise<void> {
    await this.child.log.waitFor(/http: Serving health/);
    while ((await this.ask("GET", "/readyz")).status !== 200) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Files that the process has open. */
  openFiles(): number {
    return [...Deno.readDirSync(`/proc/${this.child.pid}/fd`)].length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Killed, it would leave the segments of its simulated cameras.
    if (!this.child.over) await this.child.end("SIGTERM");
    await this.child[Symbol.asyncDispose]();
    this.#workspace[Symbol.dispose]();
  }
}
