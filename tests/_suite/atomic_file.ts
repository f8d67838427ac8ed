let written = 0;

/**
 * Writes a file so that whoever reads it finds the old one or the new one, whole: under another name
 * beside it first. Two processes may write the same file.
 */
export function writeAtomically(path: string, text: string): void {
  const unfinished = `${path}.${Deno.pid}.${written++}`;
  Deno.writeTextFileSync(unfinished, text);
  Deno.renameSync(unfinished, path);
}
