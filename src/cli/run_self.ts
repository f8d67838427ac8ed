/** Arguments of Deno when the program runs from its sources: the permissions of the executable. */
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
 * @param limitMs After this time it is killed; its exit code is 137 then.
 * @returns Exit code, and what it has written to stderr.
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
  // One that hangs in a driver does not heed SIGTERM.
  const timer = setTimeout(() => child.kill("SIGKILL"), limitMs);
  const { code, stderr } = await child.output();
  clearTimeout(timer);
  return { code, stderr: new TextDecoder().decode(stderr) };
}
