/**
 * Finds words that a reader has to decode, in everything that a person reads: documents, comments, messages, names.
 *
 *     deno run --allow-read scripts/check_words.ts
 *     deno run --allow-read scripts/check_words.ts --count
 *
 * Exit code 1 when it finds one that {@linkcode ALLOWED} does not have, or an entry there that is no longer needed.
 *
 * @module
 */

/** A way of writing that we do not want, and what to write in its place. */
interface Phrase {
  readonly pattern: RegExp;
  readonly instead: string;
}

/** A line that may have one of them. */
interface Exception {
  /** Path from the root of the project. */
  readonly file: string;
  /** Part of the line. */
  readonly text: string;
  readonly reason: string;
}

/** One line with one of them. */
export interface Finding {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** What was found, as it is there. */
  readonly found: string;
  /** What to write in its place. */
  readonly instead: string;
  /** The whole line. */
  readonly text: string;
}

/** What is searched for. Words are matched whole, in any case. */
export const PHRASES: readonly Phrase[] = [
  { pattern: /\bbehind\b/i, instead: '"after", or what it is in terms of the protocol' },
  { pattern: /\bnobody\b/i, instead: '"no one"' },
  { pattern: /\b(?:is|are|was|were|be|being) none\b/i, instead: '"missing" or "invalid"' },
  { pattern: /\bunless (?:given|told|otherwise)\b/i, instead: '"by default", or @default' },
  {
    pattern: /\b(?:is|are|be|being|was|were) told\b/i,
    instead: '"called with", "logged", "reported"',
  },
  { pattern: /\bfor ever\b/i, instead: '"forever"' },
  { pattern: /\bto be had\b/i, instead: '"available"' },
  { pattern: /\bwhat is there\b/i, instead: "the name of the thing" },
  { pattern: /\bgiv(?:es?|ing) way\b/i, instead: '"is dropped"' },
  { pattern: /\bof (?:one's|its|their|his|our|my|your) own\b/i, instead: '"its own ..."' },
  { pattern: /\bas (?:\w+ ){1,4}do(?:es)?\b/i, instead: '"like ...", or a sentence with a verb' },
  { pattern: /\bwhom\b/i, instead: "who, or the name of the receiver" },
  { pattern: /\bin vain\b/i, instead: '"without success"' },
  { pattern: /\bat hand\b/i, instead: '"available"' },
  { pattern: /\bupon\b/i, instead: '"on"' },
  {
    pattern:
      /\b(?:Wariness|Silence|Shift|Lane|Outlet|RtmpNews|HeadStart|BufferInAdvance|MeasuringConsumer)\b/,
    instead: "the field's noun (settle policy, idle timer, active encoder, sink worker)",
  },
  { pattern: /#(?:told|tellQuiet)\b/, instead: "a verb of the field (report, log)" },
  {
    pattern: /\.\.\.[[{](?=[^\]}]*[\]}],?$)/,
    instead: "the elements themselves, without a spread",
  },
];

/** Lines that may have such a word, each with the reason. */
export const ALLOWED: readonly Exception[] = [
  {
    file: "LICENSE",
    text: "persons to whom the Software is",
    reason: "the MIT license, which is not ours to reword",
  },
  { file: "Dockerfile", text: "USER nobody", reason: "the name of a Unix user" },
];

/** Only what people read; data files speak their own language. */
const READ = /\.(?:ts|c|h|sh|md|service|yml|toml|json|html|css)$|^(?:LICENSE|Dockerfile)$/;
/** Made by others, made by a program, or this list itself. */
const SKIPPED = [
  /(?:^|\/)(?:node_modules|\.git|\.cache|dist|build|\.gpu|coverage)\//,
  /^tests\/fixtures\//,
  /^docs\/(?:smoke\/|evidence)/,
  /^scripts\/check_words(?:_test)?\.ts$/,
  /(?:^|\/)(?:package-lock|deno)\.(?:json|lock)$/,
];

/** Finds them in one text. */
export function findPhrases(file: string, text: string): Finding[] {
  return text.split("\n").flatMap((line, index) =>
    PHRASES.flatMap(({ pattern, instead }) => {
      const found = pattern.exec(line)?.[0];
      return found === undefined ? [] : [{ file, line: index + 1, found, instead, text: line }];
    })
  );
}

/** Separates what is not allowed from the exceptions that nothing needs. */
export function judge(
  findings: readonly Finding[],
  allowed: readonly Exception[] = ALLOWED,
): { readonly faults: Finding[]; readonly unused: Exception[] } {
  const isOf = ({ file, text }: Exception) => (finding: Finding): boolean =>
    finding.file === file && finding.text.includes(text);
  return {
    faults: findings.filter((finding) => !allowed.some((exception) => isOf(exception)(finding))),
    unused: allowed.filter((exception) => !findings.some(isOf(exception))),
  };
}

/** Paths of the files that people read, from the project's root. */
async function* readableFiles(root: URL, folder = ""): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(new URL(folder, root))) {
    const path = `${folder}${entry.name}${entry.isDirectory ? "/" : ""}`;
    if (SKIPPED.some((pattern) => pattern.test(path))) continue;
    if (entry.isDirectory) yield* readableFiles(root, path);
    else if (entry.isFile && READ.test(path)) yield path;
  }
}

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

async function main(): Promise<void> {
  const root = new URL("../", import.meta.url);
  const findings: Finding[] = [];
  for await (const file of readableFiles(root)) {
    findings.push(...findPhrases(file, await Deno.readTextFile(new URL(file, root))));
  }
  if (Deno.args.includes("--count")) {
    const counts = Map.groupBy(findings, ({ instead }) => instead);
    for (const [instead, found] of counts) {
      say(`${found.length}\t${found[0]?.found}\t${instead}`);
    }
  }
  const { faults, unused } = judge(findings);
  for (const { file, line, found, instead } of faults) {
    say(`${file}:${line}: "${found}": write ${instead}`);
  }
  for (const { file, text } of unused) {
    say(
      `scripts/check_words.ts: no line of ${file} with "${text}" needs an exception any more`,
    );
  }
  say(`${faults.length} phrases to reword, ${ALLOWED.length} exceptions`);
  if (faults.length > 0 || unused.length > 0) Deno.exit(1);
}

if (import.meta.main) await main();
