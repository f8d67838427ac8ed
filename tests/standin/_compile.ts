/**
 * Compiles a GStreamer plugin from one C file with `cc`.
 *
 * @param source Path of the C file.
 * @param plugin Path of the shared library to create.
 * @throws {Error} If it does not compile, for example without GStreamer's headers.
 */
export async function compilePlugin(source: string, plugin: string): Promise<void> {
  const flags = (await run("pkg-config", ["--cflags", "--libs", "gstreamer-1.0"])).trim();
  await run("cc", [
    "-shared",
    "-fPIC",
    "-Wall",
    "-Wextra",
    "-Werror",
    "-o",
    plugin,
    source,
    ...flags.split(/\s+/),
  ]);
}

async function run(command: string, args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, { args }).output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(`${command} failed: ${decoder.decode(stderr)}`);
  return decoder.decode(stdout);
}
