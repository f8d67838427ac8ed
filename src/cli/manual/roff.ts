/** Converts one paragraph of text to roff, with code spans (in backquotes) in bold. The text must have no line feeds. */
export function roffText(text: string): string {
  return text.split("`")
    .map((part, index) => index % 2 === 0 ? escaped(part) : bold(part))
    .join("");
}

/** Text in bold. */
export function bold(text: string): string {
  return `\\fB${escaped(text)}\\fR`;
}

/** Text in italics, for placeholders. */
export function italic(text: string): string {
  return `\\fI${escaped(text)}\\fR`;
}

/** A section, for example `OPTIONS`. */
export function section(title: string, ...content: readonly string[]): string {
  return [`.SH ${macroArgument(title)}`, ...content].join("\n");
}

/** A section inside a section. */
export function subsection(title: string, ...content: readonly string[]): string {
  return [`.SS ${macroArgument(title)}`, ...content].join("\n");
}

/** A term with an indented description, both in roff. */
export function item(term: string, content: string): string {
  return `.TP\n${term}\n${content}`;
}

/** Paragraphs in roff. */
export function paragraphs(...texts: readonly string[]): string {
  return texts.join("\n.PP\n");
}

/** Preformatted lines. */
export function verbatim(...lines: readonly string[]): string {
  return [".PP", ".nf", ".RS", ...lines.map(escaped), ".RE", ".fi"].join("\n");
}

/** The first line of a manual page of section 1. */
export function pageTitle(name: string, source: string): string {
  const words = [name.toUpperCase(), "1", "", source, "User Commands"];
  return `.TH ${words.map(macroArgument).join(" ")}`;
}

function macroArgument(text: string): string {
  return `"${escaped(text).replaceAll('"', "\\(dq")}"`;
}

/** Escapes text: hyphens become minus signs, which can be searched for, and a line must not start like a request. */
function escaped(text: string): string {
  return text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replaceAll("~", "\\(ti")
    .replaceAll("^", "\\(ha")
    .replace(/^[.']/, "\\&$&");
}
