/** Longest text that is shown completely, in characters. */
const MAX_LENGTH = 120;

/** Quotes untrusted text for a one-line message. Escapes control characters and truncates long text. */
export function quote(text: string): string {
  const shown = text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}...` : text;
  return JSON.stringify(shown).replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Formats a byte in hexadecimal, for example `0x7d`. */
export function hex(byte: number | undefined): string {
  return `0x${(byte ?? 0).toString(16).padStart(2, "0")}`;
}
