import { hostname } from "node:os";
import type { ProductUnderTest } from "./tested_product.ts";
import type { InstalledEncoder } from "./_encoders.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

/** Product and machine of a run. */
export interface Environment {
  /** Product under test. */
  readonly product: {
    /** Version that it prints. */
    readonly version: string;
    /** Whether it ran from the sources or as an executable. */
    readonly kind: ProductUnderTest["kind"];
    /** Program and its leading arguments. */
    readonly commandLine: readonly string[];
    /** Commit of the checkout that the suite runs from; absent outside of a checkout. */
    readonly gitRevision?: string;
    /** Whether that checkout has uncommitted changes; absent outside of a checkout. */
    readonly gitModified?: boolean;
  };
  /** The machine. */
  readonly host: {
    /** Host name. */
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
  /** Installed GStreamer. */
  readonly gstreamer: {
    /** Absent if GStreamer cannot be loaded. */
    readonly version?: string;
    /** Encoders of the product that GStreamer has. */
    readonly encoders: readonly InstalledEncoder[];
    /** Why the version is absent. */
    readonly reason?: string;
  };
}

/**
 * Returns what is known without starting other programs. Never throws: unknown values are left out.
 */
export function basicEnvironment({ version, kind, command, args }: ProductUnderTest): Environment {
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
    gstreamer: { encoders: [], reason: "not queried yet" },
  };
}

/** Adds what git and GStreamer report. Never throws. */
export async function completeEnvironment(environment: Environment): Promise<Environment> {
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

/**
 * Runs git in the checkout. Returns undefined without git, or if the project's root is not the root
 * of a checkout: a copy may lie inside another repository.
 */
async function git(...args: string[]): Promise<string | undefined> {
  const text = await outputOf("git", ["-C", ROOT, "rev-parse", "--show-prefix"]);
  if (text !== "") return undefined;
  return await outputOf("git", ["-C", ROOT, ...args]);
}

async function outputOf(command: string, args: string[]): Promise<string | undefined> {
  try {
    const options = { args, stdin: "null", stderr: "null" } as const;
    const { success, stdout } = await new Deno.Command(command, options).output();
    return success ? new TextDecoder().decode(stdout).trim() : undefined;
  } catch {
    return undefined;
  }
}

/** Runs in a separate process, so that a crash of GStreamer does not end the suite. */
async function installedEncoders(): Promise<Environment["gstreamer"]> {
  const program = new URL("_encoders.ts", import.meta.url).pathname;
  const text = await outputOf(Deno.execPath(), ["run", "--quiet", "-A", program]);
  if (text === undefined) return { encoders: [], reason: "GStreamer could not be queried" };
  return JSON.parse(text);
}
