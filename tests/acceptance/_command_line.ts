import { productCommand } from "../_harness/product.ts";

/** Result of a command. */
export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts the product with piped output. */
export function startCommand(productArgs: readonly string[]): Deno.ChildProcess {
  const { command, args } = productCommand(productArgs);
  const options = { stdin: "null", stdout: "piped", stderr: "piped" } as const;
  return new Deno.Command(command, { args: [...args], ...options }).spawn();
}

/** Runs the product to its end. */
export async function runCommand(args: readonly string[]): Promise<CommandResult> {
  const { code, stdout, stderr } = await startCommand(args).output();
  return { code, stdout: decode(stdout), stderr: decode(stderr) };
}

/** Runs a line of bash that has the product's command as `"$@"`. */
export async function runInShell(
  script: string,
  productArgs: readonly string[],
): Promise<CommandResult> {
  const { command, args } = productCommand(productArgs);
  const { code, stdout, stderr } = await new Deno.Command("bash", {
    args: ["-c", script, "bash", command, ...args],
    stdin: "null",
  }).output();
  return { code, stdout: decode(stdout), stderr: decode(stderr) };
}

/** Reads a stream to its end as text. */
export function readText(stream: ReadableStream<Uint8Array>): Promise<string> {
  return new Response(stream).text();
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
