import { productCommand } from "../_harness/product.ts";

/** How a command line ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts the command line; its output is piped. */
export function startCommand(words: readonly string[]): Deno.ChildProcess {
  const { command, args } = productCommand(words);
  const options = { stdin: "null", stdout: "piped", stderr: "piped" } as const;
  return new Deno.Command(command, { args: [...args], ...options }).spawn();
}

/** Runs the command line to its end. */
export async function runCommand(words: readonly string[]): Promise<Ended> {
  const { code, stdout, stderr } = await startCommand(words).output();
  return { code, stdout: decode(stdout), stderr: decode(stderr) };
}

/** Runs a line of `sh`, with the command line as `"$@"`. */
export async function runInShell(script: string, words: readonly string[]): Promise<Ended> {
  const { command, args } = productCommand(words);
  const { code, stdout, stderr } = await new Deno.Command("bash", {
    args: ["-c", script, "bash", command, ...args],
    stdin: "null",
  }).output();
  return { code, stdout: decode(stdout), stderr: decode(stderr) };
}

/** Reads all that a pipe gives. */
export function readText(stream: ReadableStream<Uint8Array>): Promise<string> {
  return new Response(stream).text();
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
