import { StreamerError } from "../src/errors.ts";

/** Names of the package that holds a library, for the distributions that users run. */
export interface Packages {
  readonly debian: string;
  readonly fedora: string;
  readonly arch: string;
  /** The oldest version that will do, where that is known to matter. */
  readonly version?: VersionCheck;
}

/** The oldest version of a library that will do, and how to ask it for its own. */
export interface VersionCheck {
  /** A function that writes `numbers` integers, the major version first, to where its arguments point. */
  readonly function: string;
  readonly numbers: number;
  readonly minimum: readonly [major: number, minor: number];
}

/** A system library that is missing or too old, and what to install. */
export class MissingLibraryError extends StreamerError {
  override readonly name = "MissingLibraryError";

  /**
   * @param problem What is wrong with which library.
   * @param packages Where a good one comes from.
   * @param cause What the loader said.
   */
  constructor(problem: string, packages: Packages, cause?: unknown) {
    super(`${problem}: install ${packageList(packages)}`, {
      code: "missing_library",
      cause,
    });
  }
}

/** A permission that Deno was not given, and that nothing works without. */
export class MissingPermissionError extends StreamerError {
  override readonly name = "MissingPermissionError";

  /**
   * @param action What cannot be done, in words that follow "Cannot".
   * @param cause What Deno said; it names the permission.
   */
  constructor(action: string, cause: Deno.errors.NotCapable) {
    super(`Cannot ${action}: ${cause.message}`, {
      code: "missing_permission",
      cause,
    });
  }
}

/** Names a package for those who have to install it. */
export function packageList({ debian, fedora, arch }: Packages): string {
  return `${debian} (Debian, Ubuntu), ${fedora} (Fedora) or ${arch} (Arch)`;
}

/**
 * Opens a system library.
 *
 * @param name File name as the loader knows it, for example `libzmq.so.5`.
 * @throws {MissingLibraryError} When it, or one of the symbols, is not there, or it is too old.
 * @throws {MissingPermissionError} Without `--allow-ffi`.
 */
export function openLibrary<const S extends Deno.ForeignLibraryInterface>(
  name: string,
  symbols: S,
  packages: Packages,
): Deno.DynamicLibrary<S> {
  try {
    // First: an older one may lack some of the symbols.
    if (packages.version !== undefined) checkVersion(name, packages, packages.version);
    return Deno.dlopen(name, symbols);
  } catch (error) {
    if (error instanceof StreamerError) throw error;
    if (error instanceof Deno.errors.NotCapable) {
      throw new MissingPermissionError(`load ${name}`, error);
    }
    const reason = loaderReason(name, error);
    const problem = reason === NOT_THERE ? "" : ` (${reason})`;
    throw new MissingLibraryError(`Cannot load ${name}${problem}`, packages, error);
  }
}

function checkVersion(name: string, packages: Packages, version: VersionCheck): void {
  const parameters = Array.from({ length: version.numbers }, () => "buffer" as const);
  // Stays open: not every library survives being unloaded and loaded again.
  const { symbols } = Deno.dlopen(name, {
    [version.function]: { parameters, result: "void" },
  });
  const numbers = parameters.map(() => new Uint32Array(1));
  symbols[version.function]?.(...numbers);
  const [major = 0, minor = 0, ...rest] = numbers.map((number) => number[0] ?? 0);
  const [leastMajor, leastMinor] = version.minimum;
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor)) return;
  throw new MissingLibraryError(
    `${name} has version ${[major, minor, rest[0] ?? 0].join(".")} and must have ` +
      `${leastMajor}.${leastMinor} or newer`,
    packages,
  );
}

const NOT_THERE = "cannot open shared object file: No such file or directory";

/** What the loader said about a library, without Deno's words around it. */
export function loaderReason(name: string, error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const reason = text.replaceAll("Could not open library: ", "").trim().split("\n").at(-1) ?? "";
  return reason.startsWith(`${name}: `) ? reason.slice(name.length + 2) : reason;
}

/** A NUL-terminated UTF-8 string, as C takes it. */
export function cString(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new TextEncoder().encode(`${text}\0`));
}

/** Puts off `make` until the first call and keeps what it made: libraries are opened once a process. */
export function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
