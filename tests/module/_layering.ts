import { dirname, join, normalize } from "node:path/posix";

/**
 * The layers in the order of the data flow. A layer may import only from those before it. Files
 * directly in `src` are shared by all; `ffi` may import only the errors from them.
 */
export const LAYERS = [
  "ffi",
  "contract",
  "bitstream",
  "ingest",
  "encode",
  "publish",
  "rtp",
  "rtmp",
  "rtsp",
  "live",
  "stream",
  "fleet",
  "http",
  "config",
  "doctor",
  "simulator",
  "testers",
  "cli",
] as const;

type Layer = typeof LAYERS[number];

/** Layers without dependencies: they may not import any other layer, nor use the system. */
const PURE: readonly Layer[] = ["contract", "bitstream"];

/** Pairs of layers that may not import each other. */
const INDEPENDENT: readonly (readonly [Layer, Layer])[] = [["contract", "bitstream"], [
  "rtp",
  "rtmp",
]];

/** The imports of each file of the product. */
export type Imports = ReadonlyMap<string, readonly string[]>;

/** Follows static and dynamic imports, starting from the given files. */
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

/** Returns the violations of the layering, one line each. The layer of a file is its directory. */
export function layeringViolations(imports: Imports): string[] {
  const violations: string[] = [];
  for (const [from, targets] of imports) {
    for (const to of targets) {
      const violation = violationOf(from, to);
      if (violation !== undefined) violations.push(`${from} imports ${to}: ${violation}`);
    }
  }
  return [...violations, ...cycles(imports).map((cycle) => `A cycle: ${cycle.join(" -> ")}`)];
}

function violationOf(from: string, to: string): string | undefined {
  const [a, b] = [layerOf(from), layerOf(to)];
  if (a === b || isEntryPoint(from)) return undefined;
  if (a === undefined) return `src/* is shared and may not import a layer`;
  if (b === undefined) {
    const isError = /^src\/(errors|error_code)\.ts$/.test(to);
    return isEntryPoint(to) || (a === "ffi" && !isError) ? `${a} may not import ${to}` : undefined;
  }
  if (PURE.includes(a)) return `${a} may not import any layer`;
  if (INDEPENDENT.some((pair) => pair.includes(a) && pair.includes(b))) {
    return `they are independent`;
  }
  return LAYERS.indexOf(a) > LAYERS.indexOf(b) ? undefined : `${b} comes after ${a}`;
}

/** Whether a file is an entry point, which no other file may import. */
function isEntryPoint(path: string): boolean {
  return path === "main.ts" || path === "src/mod.ts";
}

function layerOf(path: string): Layer | undefined {
  const [, name] = /^(?:src\/)?([a-z]+)\//.exec(path) ?? [];
  if (name === undefined || path === "src/mod.ts" || /^src\/[^/]+$/.test(path)) return undefined;
  const layer = LAYERS.find((layer) => layer === name);
  if (layer === undefined) throw new Error(`${path} is in an unknown layer`);
  return layer;
}

/**
 * Returns the import cycles, each as its files (Tarjan's strongly connected components algorithm).
 */
function cycles(imports: Imports): string[][] {
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
      const cycle = open.splice(open.indexOf(path));
      if (cycle.length > 1) found.push(cycle);
    }
    return low;
  };
  for (const path of imports.keys()) if (!order.has(path)) visit(path);
  return found;
}
