import { Child } from "../_harness/child.ts";

const ROOT = new URL("../../", import.meta.url);

/** A version of Deno that the module must work with. */
export interface DenoUnderTest {
  /** Name in test names. */
  readonly name: string;
  /** Path of the executable. */
  readonly path: string;
}

/**
 * Returns the Deno that runs the tests, and the oldest supported one if `CVMMAP_OLDEST_DENO` is
 * set.
 */
export function denosUnderTest(): DenoUnderTest[] {
  const oldest = Deno.env.get("CVMMAP_OLDEST_DENO");
  return [
    { name: "this Deno", path: Deno.execPath() },
    ...(oldest ? [{ name: "the oldest Deno", path: executableOf(oldest) }] : []),
  ];
}

/**
 * Returns the path of the executable that a command runs. npm's `deno` is a script that does not
 * pass on signals.
 */
function executableOf(command: string): string {
  const { stdout } = new Deno.Command(command, { args: ["eval", "console.log(Deno.execPath())"] })
    .outputSync();
  return new TextDecoder().decode(stdout).trim();
}

/**
 * A user's project in a temporary directory. It imports the module from the checkout under its
 * registry name, and has copies of the examples.
 */
export class ScratchProject implements Disposable {
  readonly #deno: DenoUnderTest;
  readonly #directory = Deno.makeTempDirSync({ prefix: "cvmmap_scratch_" });

  /** Creates the project. */
  constructor(deno: DenoUnderTest) {
    this.#deno = deno;
    const denoJson = {
      imports: { "@cvmmap/streamer": "jsr:@cvmmap/streamer" },
      links: [ROOT.href],
    };
    Deno.writeTextFileSync(this.path("deno.json"), JSON.stringify(denoJson));
    for (const { name } of Deno.readDirSync(new URL("examples", ROOT))) {
      Deno.copyFileSync(new URL(`examples/${name}`, ROOT), this.path(name));
    }
  }

  /** Returns the path of a file of the project. */
  path(name: string): string {
    return `${this.#directory}/${name}`;
  }

  /** Type-checks all programs of the project. */
  check(signal: AbortSignal): Child {
    const programs = [...Deno.readDirSync(this.#directory)].map(({ name }) => name)
      .filter((name) => name.endsWith(".ts"));
    return this.#start("deno check", ["check", ...programs.map((name) => this.path(name))], signal);
  }

  /** Starts a program of the project with the permissions in its run line. */
  run(name: string, args: readonly string[], signal: AbortSignal): Child {
    const path = this.path(name);
    const flags = ["run", "--no-prompt", ...permissions(path), path, ...args];
    return this.#start(name, flags, signal);
  }

  #start(name: string, args: readonly string[], signal: AbortSignal): Child {
    return new Child({
      name,
      command: this.#deno.path,
      args,
      // An unreachable registry, so that nothing is downloaded.
      env: { JSR_URL: "http://127.0.0.1:1/", NO_COLOR: "1" },
      signal,
    });
  }

  /** Removes the project. */
  [Symbol.dispose](): void {
    Deno.removeSync(this.#directory, { recursive: true });
  }
}

/** Returns the permission flags of the run line in an example's comment. */
function permissions(path: string): string[] {
  const [comment = ""] = Deno.readTextFileSync(path).split("*/");
  const flags = [...comment.matchAll(/--allow-[a-z]+(?:=\S+)?/g)].map(([flag]) => flag);
  if (flags.length === 0) throw new Error(`${path} has no run line`);
  return flags;
}
