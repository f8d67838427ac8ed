/** Part of a dotted key, bare or quoted. */
const KEY_PART = /\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([A-Za-z0-9_-]+))\s*/y;

/**
 * Returns the line number of a value, from 1. The parser does not provide it, so this searches for table headers, and
 * for keys at the start of a line. For a value in an inline table or an array, it is the line on which that starts.
 *
 * @returns Undefined if the key is not found.
 */
export function findKeyLine(text: string, path: readonly (string | number)[]): number | undefined {
  const wanted = path.map(String);
  let header: string[] = [];
  const elements = new Map<string, number>();
  let best: { readonly line: number; readonly depth: number } | undefined;
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const [, brackets = "", rest] = /^\s*(\[\[?)(.*)/.exec(line) ?? [];
    if (rest !== undefined) {
      header = dottedKey(rest) ?? [];
      if (brackets === "[[") {
        const name = header.join("\0");
        const element = (elements.get(name) ?? -1) + 1;
        elements.set(name, element);
        header = [...header, String(element)];
      }
    }
    const key = rest === undefined ? keyBefore(line) : [];
    const found = key && [...header, ...key];
    if (found === undefined || found.length === 0 || found.length > wanted.length) continue;
    if (!found.every((part, at) => part === wanted[at])) continue;
    if (found.length > (best?.depth ?? 0)) best = { line: index + 1, depth: found.length };
  }
  return best?.line;
}

function keyBefore(line: string): string[] | undefined {
  const key = dottedKey(line);
  return key !== undefined && line.slice(key.end).startsWith("=") ? key : undefined;
}

/** Parses the dotted key at the start of a text. */
function dottedKey(text: string): (string[] & { readonly end: number }) | undefined {
  const parts: string[] = [];
  let at = 0;
  for (;;) {
    KEY_PART.lastIndex = at;
    const match = KEY_PART.exec(text);
    if (match === null) return undefined;
    parts.push(match[1] ?? match[2] ?? match[3] ?? "");
    at = KEY_PART.lastIndex;
    if (text[at] !== ".") return Object.assign(parts, { end: at });
    at += 1;
  }
}
