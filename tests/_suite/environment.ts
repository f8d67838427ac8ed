import { hostname } from "node:os";
import type { ProductUnderTest } from "./tested_product.ts";
import type { InstalledEncoder } from "./_encoders.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

/** What was tested, and on what. */
export interface Environment {
  /** What was tested. */
  readonly product: {
    /** As it says itself. */
    readonly version: string;
    /** Sources or executable. */
    readonly kind: ProductUnderTest["kind"];
    /** What was started. */
    readonly commandLine: readonly string[];
    /** Commit of the checkout that the suite is run from; absent outside of one. */
    readonly gitRevision?: string;
    /** Whether that checkout has changes that are not committed; absent outside of one. */
    readonly gitModified?: boolean;
  };
  /** The machine. */
  readonly host: {
    /** Its name in the network. */
    readonly name: string;
    /** `PRETTY_NAME` of os-release. */
    readonly system: string;
    readonly kernel: string;
    readonly architecture: string;
    readonly processor: string;
    readonly processors: number;
    readonly memoryBytes: number;
    /** Version of the Deno that runs the suite. */
    readonly deno: string;
  };
  /** What encodes. */
  readonly gstreamer: {
    /** Absent if GStreamer cannot be opened. */
    readonly version?: string;
    /** Encoders that the product knows and GStreamer has. */
    readonly encoders: readonly InstalledEncoder[];
    /** Why there is nothing to say. */
    readonly reason?: string;
  };
}

/** What is known at once. Never throws: what cannot be found out is absent. */
export function lookAround({ version, kind, command, args }: ProductUnderTest): Environment {
  return {
    product: { version, kind, commandLine: [command, ...args] },
    host: {
      name: hostname(),
      system: /^PRETTY_NAME="?([^"\n]*)/m.exec(read("/etc/os-release"))?.[1] ?? Deno.build.os,
      kernel: Deno.osRelease(),
      architecture: Deno.build.arch,
      processor: /^model name\s*: (.*)$/m.exec(read("/proc/cpuinfo"))?.[1] ?? "unknown",
      processors: navigator.hardwareConcurrency,
      memoryBytes: Deno.systemMemoryInfo().total,
      deno: Deno.version.deno,
    },
    gstreamer: { encoders: [], reason: "GStreamer was not asked yet" },
  };
}

/** Adds what other programs have to be asked for. Never throws, either. */
export async function lookFurther(environment: Environment): Promise<Environment> {
  const [revision, changes, gstreamer] = await Promise.all([
    git("rev-parse", "HEAD"),
    git("status", "--porcelain"),
    installedEncoders(),
  ]);
  const product = {
    ...environment.product,
    ...(revision === undefined ? {} : { gitRevision: revision }),
    ...(revision === undefined || changes === undefined ? {} : { gitModified: changes !== "" }),
  };
  return { ...environment, product, gstreamer };
}

function read(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}

/** Undefined where there is no git, or no checkout of ours: a copy may lie within another one. */
async function git(...args: string[]): Promise<string | undefined> {
  const text = await answer("git", ["-C", ROOT, "rev-parse", "--show-prefix"]);
  if (text !== "") return undefined;
  return await answer("git", ["-C", ROOT, ...args]);
}

async function answer(command: string, args: string[]): Promise<string | undefined> {
  try {
    const options = { args, stdin: "null", stderr: "null" } as const;
    const { success, stdout } = await new Deno.Command(command, options).output();
    return success ? new TextDecoder().decode(stdout).trim() : undefined;
  } catch {
    return undefined;
  }
}

/** In a process of its own: a GStreamer that crashes must not take the suite along. */
async function installedEncoders(): Promise<Environment["gstreamer"]> {
  const program = new URL("_encoders.ts", import.meta.url).pathname;
  const text = await answer(Deno.execPath(), ["run", "--quiet", "-A", program]);
  if (text === undefined) return { encoders: [], reason: "GStreamer could not be asked" };
  return JSON.parse(text);
}
