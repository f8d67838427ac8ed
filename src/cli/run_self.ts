/** Arguments of Deno for running from the sources, with the permissions of the executable. */
const RUN = [
  "run",
  "--quiet",
  "--no-prompt",
  "--allow-ffi",
  "--allow-net",
  "--allow-read",
  "--allow-write",
  "--allow-env",
];

/**
 * Runs this program with other arguments, in a separate process.
 *
 * @param limitMs Time after which it is killed.
 * @returns Exit code and output on stderr.
 */
export async function runSelf(
  args: readonly string[],
  limitMs: number,
): Promise<{ readonly code: number; readonly stderr: string }> {
  const start = Deno.build.standalone ? [] : [...RUN, Deno.mainModule];
  const child = new Deno.Command(Deno.execPath(), {
    args: [...start, ...args],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  // A process that hangs in a driver does not respond to SIGTERM.
  const timer = setTimeout(() => child.kill("SIGKILL"), limitMs);
  const { code, stderr } = await child.output();
  clearTimeout(timer);
  return { code, stderr: new TextDecoder().decode(stderr) };
}
