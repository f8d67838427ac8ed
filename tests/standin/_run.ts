/**
 * Runs a tool that builds, to its end.
 *
 * @returns What it printed.
 * @throws {Error} With its complaint when it fails.
 */
export async function run(command: string, args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, { args }).output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(`${command} failed: ${decoder.decode(stderr)}`);
  return decoder.decode(stdout);
}
