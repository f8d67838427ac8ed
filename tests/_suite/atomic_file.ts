let written = 0;

/**
 * Replaces a file atomically: writes a temporary file in the same directory, then renames it. A
 * reader always sees the whole old file or the whole new one. Two processes may write the same
 * file.
 */
export function writeAtomically(path: string, text: string): void {
  const temporary = `${path}.${Deno.pid}.${written++}`;
  Deno.writeTextFileSync(temporary, text);
  Deno.renameSync(temporary, path);
}
