import { dirname, join, normalize } from "node:path/posix";

/**
 * The rooms in the order in which data flows: one imports from those before it alone. Files directly in `src`
 * are common ground; `ffi` is below even them but for errors.
 */
export const ROOMS = [
  "ffi",
  "contract",
  "bitstream",
  "ingest",
  "encode",
  "publish",
  "rtp",
  "rtmp",
  "stream",
  "fleet",
  "http",
  "config",
  "doctor",
  "simulator",
  "testers",
  "cli",
] as const;

type Room = typeof ROOMS[number];

/** Rooms that know bytes and values alone: nothing else of the program, and no system. */
const PURE: readonly Room[] = ["contract", "bitstream"];

/** Rooms beside each other: neither knows the other. */
const APART: readonly (readonly [Room, Room])[] = [["contract", "bitstream"], ["rtp", "rtmp"]];

/** Which files each file of the product imports. */
export type Imports = ReadonlyMap<string, readonly string[]>;

/** Follows the imports from these files on, also those that load when they are needed. */
export function readImports(entries: readonly string[], read: (path: string) => string): Imports {
  const imports = new Map<string, readonly string[]>();
  const waiting = [...entries];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (imports.has(path)) continue;
    const targets = importsOf(path, read(path));
    imports.set(path, targets);
    waiting.push(...targets);
  }
  return imports;
}

function importsOf(path: string, text: string): string[] {
  const code = text.replace(/\/\*\*.*?\*\//gs, "");
  return [...code.matchAll(/(?:from|import|import\()\s*"(\.[^"]+\.ts)"/g)]
    .map(([, target = ""]) => normalize(join(dirname(path), target)));
}

/** What is wrong with the imports, a line each; the room of a file is the directory it lies in. */
export function layeringFlaws(imports: Imports): string[] {
  const flaws: string[] = [];
  for (const [from, targets] of imports) {
    for (const to of targets) {
      const flaw = flawOf(from, to);
      if (flaw !== undefined) flaws.push(`${from} imports ${to}: ${flaw}`);
    }
  }
  return [...flaws, ...circles(imports).map((circle) => `A circle: ${circle.join(" -> ")}`)];
}

function flawOf(from: string, to: string): string | undefined {
  const [a, b] = [roomOf(from), roomOf(to)];
  if (a === b || isTop(from)) return undefined;
  if (a === undefined) return `src/* is common ground, and knows no room`;
  if (b === undefined) {
    const isError = /^src\/(errors|error_code)\.ts$/.test(to);
    return isTop(to) || (a === "ffi" && !isError) ? `${a} does not know ${to}` : undefined;
  }
  if (PURE.includes(a)) return `${a} is pure`;
  if (APART.some((pair) => pair.includes(a) && pair.includes(b))) return `they are apart`;
  return ROOMS.indexOf(a) > ROOMS.indexOf(b) ? undefined : `${b} comes after ${a}`;
}

/** What others import, and nothing of the program does. */
function isTop(path: string): boolean {
  return path === "main.ts" || path === "src/mod.ts";
}

function roomOf(path: string): Room | undefined {
  const [, name] = /^(?:src\/)?([a-z]+)\//.exec(path) ?? [];
  if (name === undefined || path === "src/mod.ts" || /^src\/[^/]+$/.test(path)) return undefined;
  const room = ROOMS.find((room) => room === name);
  if (room === undefined) throw new Error(`${path} lies in no room that is known`);
  return room;
}

/** The circles of imports, each by the files on it (Tarjan's strongly connected components). */
function circles(imports: Imports): string[][] {
  const found: string[][] = [];
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const open: string[] = [];
  const visit = (path: string): number => {
    const number = order.size;
    order.set(path, number);
    open.push(path);
    let low = number;
    for (const target of imports.get(path) ?? []) {
      if (!order.has(target)) low = Math.min(low, visit(target));
      else if (open.includes(target)) low = Math.min(low, order.get(target)!);
    }
    lowest.set(path, low);
    if (low === number) {
      const circle = open.splice(open.indexOf(path));
      if (circle.length > 1) found.push(circle);
    }
    return low;
  };
  for (const path of imports.keys()) if (!order.has(path)) visit(path);
  return found;
}
