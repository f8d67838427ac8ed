import { fileURLToPath } from "node:url";
import { Child } from "../_harness/child.ts";

const EXECUTABLE = fileURLToPath(new URL("../../dist/cvmmap-streamer", import.meta.url));

/** Where the system keeps the libraries that the loader names. */
const LIBRARIES = `/usr/lib/${Deno.build.arch}-linux-gnu`;

/**
 * Seen from inside, the file system of a user's machine: `/tmp` and `/dev/shm` are empty, the home cannot
 * be written to, and in `/mnt` is nothing but the executable. `/srv` holds the links that stand in for the
 * system's libraries, and the directory behind them.
 */
const SCRIPT = `set -e
for directory in /tmp /dev/shm /mnt /srv; do mount -t tmpfs tmpfs $directory; done
mount -t tmpfs -o ro tmpfs /root
mkdir /srv/libraries /srv/links
mount --bind ${LIBRARIES} /srv/libraries
ln -s /srv/libraries/* /srv/links/
mount --bind /srv/links ${LIBRARIES}
echo ready
exec sleep infinity`;

/** What a command is given besides its arguments. */
interface StartOptions {
  /** Added to the environment, which is empty but for `HOME` and a `PATH` that leads nowhere. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A mount namespace in which the executable is alone. Needs root, or user namespaces. */
export class Machine implements AsyncDisposable {
  readonly #holder: Child;
  readonly #signal: AbortSignal;

  private constructor(holder: Child, signal: AbortSignal) {
    this.#holder = holder;
    this.#signal = signal;
  }

  /**
   * Sets it up.
   *
   * @throws {Error} When the system does not let us, or `dist/cvmmap-streamer` is not there.
   */
  static async start(signal: AbortSignal): Promise<Machine> {
    const holder = new Child({
      name: "unshare",
      command: "unshare",
      args: [...USER, "--mount", "sh", "-c", SCRIPT],
      signal,
    });
    try {
      await holder.output.waitFor(/ready/);
      const machine = new Machine(holder, signal);
      Deno.copyFileSync(EXECUTABLE, machine.path("/mnt/cvmmap-streamer"));
      return machine;
    } catch (error) {
      await holder[Symbol.asyncDispose]();
      throw new Error(
        `No machine to test on: ${holder.log.lines.join("\n")} (it takes a mount namespace: in a ` +
          "container, run that with --privileged)",
        { cause: error },
      );
    }
  }

  /** Where something inside is, seen from outside. */
  path(inside: string): string {
    return `/proc/${this.#holder.pid}/root${inside}`;
  }

  /** Starts the executable. */
  start(args: readonly string[], { env = {} }: StartOptions = {}): Child {
    return this.#enter(`cvmmap-streamer ${args[0]}`, ["./cvmmap-streamer", ...args], env);
  }

  /** Starts a command line as a user types it, in the directory of the executable. */
  shell(line: string): Child {
    return this.#enter(line, ["/bin/sh", "-c", `exec ${line}`], {});
  }

  /** All that is in the places that a program might leave something in. */
  leftovers(): string[] {
    const found: string[] = [];
    const look = (directory: string): void => {
      for (const { name, isDirectory } of Deno.readDirSync(this.path(directory))) {
        if (isDirectory) look(`${directory}/${name}`);
        else found.push(`${directory}/${name}`);
      }
    };
    for (const directory of ["/tmp", "/dev/shm", "/mnt", "/root"]) look(directory);
    return found.filter((path) => path !== "/mnt/cvmmap-streamer").sort();
  }

  /** Takes a library away, until the result is disposed of. */
  hide(library: string): Disposable {
    const link = this.path(`/srv/links/${library}`);
    const target = Deno.readLinkSync(link);
    Deno.removeSync(link);
    return { [Symbol.dispose]: () => Deno.symlinkSync(target, link) };
  }

  #enter(name: string, command: string[], env: Readonly<Record<string, string>>): Child {
    const variables = Object.entries(env).map(([key, value]) => `${key}=${value}`);
    return new Child({
      name,
      command: "nsenter",
      args: [
        "--target",
        `${this.#holder.pid}`,
        "--mount",
        ...PRESERVE,
        "env",
        "--ignore-environment",
        "--chdir=/mnt",
        "HOME=/root",
        "PATH=/nowhere",
        ...variables,
        ...command,
      ],
      signal: this.#signal,
    });
  }

  /** It is gone, with all that is in it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#holder[Symbol.asyncDispose]();
  }
}

const isRoot = Deno.uid() === 0;
const USER = isRoot ? [] : ["--user", "--map-root-user"];
const PRESERVE = isRoot ? [] : ["--user", "--preserve-credentials"];
