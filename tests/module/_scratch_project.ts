import { Child } from "../_harness/child.ts";

const ROOT = new URL("../../", import.meta.url);

/** A Deno that the module must work with. */
export interface DenoUnderTest {
  /** For the names of tests. */
  readonly name: string;
  /** Path of the executable. */
  readonly path: string;
}

/** The Deno that runs the tests, and the oldest supported one where `CVMMAP_OLDEST_DENO` names it. */
export function denosUnderTest(): DenoUnderTest[] {
  const oldest = Deno.env.get("CVMMAP_OLDEST_DENO");
  return [
    { name: "this Deno", path: Deno.execPath() },
    ...(oldest ? [{ name: "the oldest Deno", path: executableOf(oldest) }] : []),
  ];
}

/** What a command of that name comes down to: npm's `deno` is a script, and signals would end with it. */
function executableOf(command: string): string {
  const { stdout } = new Deno.Command(command, { args: ["eval", "console.log(Deno.execPath())"] })
    .outputSync();
  return new TextDecoder().decode(stdout).trim();
}

/**
 * A project of somebody else, in a directory of its own: it has the module from the checkout, by the name
 * that the registry has it by, and copies of the examples.
 */
export class ScratchProject implements Disposable {
  readonly #deno: DenoUnderTest;
  readonly #directory = Deno.makeTempDirSync({ prefix: "cvmmap_scratch_" });

  /** Makes it. */
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

  /** A file of the project. */
  path(name: string): string {
    return `${this.#directory}/${name}`;
  }

  /** Checks the types of all its programs. */
  check(signal: AbortSignal): Child {
    const programs = [...Deno.readDirSync(this.#directory)].map(({ name }) => name)
      .filter((name) => name.endsWith(".ts"));
    return this.#start("deno check", ["check", ...programs.map((name) => this.path(name))], signal);
  }

  /** Starts a program of the project with the permissions that the run line in it names. */
  run(name: string, args: readonly string[], signal: AbortSignal): Child {
    const path = this.path(name);
    const words = ["run", "--no-prompt", ...permissions(path), path, ...args];
    return this.#start(name, words, signal);
  }

  #start(name: string, args: readonly string[], signal: AbortSignal): Child {
    return new Child({
      name,
      command: this.#deno.path,
      args,
      // Nothing may come from the registry.
      env: { JSR_URL: "http://127.0.0.1:1/", NO_COLOR: "1" },
      signal,
    });
  }

  /** Removes it. */
  [Symbol.dispose](): void {
    Deno.removeSync(this.#directory, { recursive: true });
  }
}

/** The flags in the run line of an example's comment. */
function permissions(path: string): string[] {
  const [comment = ""] = Deno.readTextFileSync(path).split("*/");
  const flags = [...comment.matchAll(/--allow-[a-z]+(?:=\S+)?/g)].map(([flag]) => flag);
  if (flags.length === 0) throw new Error(`${path} has no run line`);
  return flags;
}
