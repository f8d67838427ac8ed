import { fileURLToPath } from "node:url";
import { Child } from "../_harness/child.ts";

const EXECUTABLE = fileURLToPath(new URL("../../dist/cvmmap-streamer", import.meta.url));

/** Directory of the system's shared libraries. */
const LIBRARIES = `/usr/lib/${Deno.build.arch}-linux-gnu`;

/**
 * Sets up the file system of a user's machine: `/tmp` and `/dev/shm` are empty, the home directory
 * is read-only, and `/mnt` has only the executable. `/srv` has the system's libraries and the links
 * that replace their directory.
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

/** Options of {@linkcode Machine.start}. */
interface StartOptions {
  /**
   * Variables added to the environment, which otherwise has only `HOME` and a `PATH` without
   * programs.
   */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * A mount namespace that has the executable, but not Deno or the sources. Needs root, or user
 * namespaces.
 */
export class Machine implements AsyncDisposable {
  readonly #holder: Child;
  readonly #signal: AbortSignal;

  private constructor(holder: Child, signal: AbortSignal) {
    this.#holder = holder;
    this.#signal = signal;
  }

  /**
   * Sets up the namespace.
   *
   * @throws {Error} If that is not permitted, or `dist/cvmmap-streamer` is missing.
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
        `Cannot set up a mount namespace: ${holder.log.lines.join("\n")} (in a container, ` +
          "run the container with --privileged)",
        { cause: error },
      );
    }
  }

  /** Returns the path, outside of the namespace, of a path inside. */
  path(inside: string): string {
    return `/proc/${this.#holder.pid}/root${inside}`;
  }

  /** Starts the executable. */
  start(args: readonly string[], { env = {} }: StartOptions = {}): Child {
    return this.#enter(`cvmmap-streamer ${args[0]}`, ["./cvmmap-streamer", ...args], env);
  }

  /** Starts a command line of the shell in the directory of the executable. */
  shell(line: string): Child {
    return this.#enter(line, ["/bin/sh", "-c", `exec ${line}`], {});
  }

  /** Returns the files in the places where a program might leave something. */
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

  /** Hides a library until the result is disposed. */
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

  /** Removes the namespace with all its files. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#holder[Symbol.asyncDispose]();
  }
}

const isRoot = Deno.uid() === 0;
const USER = isRoot ? [] : ["--user", "--map-root-user"];
const PRESERVE = isRoot ? [] : ["--user", "--preserve-credentials"];
