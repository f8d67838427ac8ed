/** Returns a Markdown table. Cells are Markdown; only `|` is escaped. */
export function table(
  header: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(header), line(header.map(() => "---")), ...rows.map(line)].join("\n");
}

/** Returns text as a code span. */
export function code(text: string): string {
  return `\`${text}\``;
}

/**
 * Formats Markdown with `deno fmt`.
 *
 * @throws {Error} If `deno fmt` fails.
 */
export async function formatted(markdown: string): Promise<string> {
  const fmt = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--quiet", "--ext", "md", "-"],
    cwd: new URL("../../", import.meta.url).pathname,
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const writer = fmt.stdin.getWriter();
  await writer.write(new Uint8Array(new TextEncoder().encode(markdown)));
  await writer.close();
  const { success, stdout } = await fmt.output();
  if (!success) throw new Error("deno fmt failed on the generated Markdown");
  return new TextDecoder().decode(stdout);
}
