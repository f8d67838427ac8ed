const MAIN = new URL("../../main.ts", import.meta.url).pathname;
const DENO_JSON = new URL("../../deno.json", import.meta.url);

/** How a command line ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The program and arguments that run the command line as `deno task streamer` does. */
export function commandLine(args: readonly string[]): [program: string, args: string[]] {
  const { tasks } = JSON.parse(Deno.readTextFileSync(DENO_JSON));
  const words: string[] = tasks.streamer.command.split(" ");
  // "deno run FLAGS main.ts": this Deno and an absolute path in place of the first and last word.
  return [Deno.execPath(), [...words.slice(1, -1), MAIN, ...args]];
}

/** Starts the command line; its output is piped. */
export function startCommand(args: readonly string[]): Deno.ChildProcess {
  const [program, words] = commandLine(args);
  const options = { args: words, stdin: "null", stdout: "piped", stderr: "piped" } as const;
  return new Deno.Command(program, options).spawn();
}

/** Runs the command line to its end. */
export async function runCommand(args: readonly string[]): Promise<Ended> {
  const { code, stdout, stderr } = await startCommand(args).output();
  return { code, stdout: decode(stdout), stderr: decode(stderr) };
}

/** Runs a line of `sh`, with the command line as `"$@"`. */
export async function runInShell(script: string, args: readonly string[]): Promise<Ended> {
  const [program, words] = commandLine(args);
  const { code, stdout, stderr } = await new Deno.Command("bash", {
    args: ["-c", script, "bash", program, ...words],
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
