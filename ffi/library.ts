import { StreamerError } from "../src/errors.ts";

/** Names of the package that provides a library, by distribution. */
export interface Packages {
  readonly debian: string;
  readonly fedora: string;
  readonly arch: string;
  /** The minimum version, if there is one. */
  readonly version?: VersionCheck;
}

/** The minimum version of a library, and how to query the installed one. */
export interface VersionCheck {
  /** A function that writes `numbers` integers, the major version first, to its pointer arguments. */
  readonly function: string;
  readonly numbers: number;
  readonly minimum: readonly [major: number, minor: number];
}

/** A system library that is missing or too old, and what to install. */
export class MissingLibraryError extends StreamerError {
  override readonly name = "MissingLibraryError";

  /**
   * @param problem What is wrong with which library.
   * @param packages Packages that provide a suitable one.
   * @param cause The loader's error.
   */
  constructor(problem: string, packages: Packages, cause?: unknown) {
    super(`${problem}: install ${packageList(packages)}`, {
      code: "missing_library",
      cause,
    });
  }
}

/** A required permission that Deno was not granted. */
export class MissingPermissionError extends StreamerError {
  override readonly name = "MissingPermissionError";

  /**
   * @param action What cannot be done, phrased to follow "Cannot".
   * @param cause Deno's error, which names the permission.
   */
  constructor(action: string, cause: Deno.errors.NotCapable) {
    super(`Cannot ${action}: ${cause.message}`, {
      code: "missing_permission",
      cause,
    });
  }
}

/** Formats the names of a package for an installation hint. */
export function packageList({ debian, fedora, arch }: Packages): string {
  return `${debian} (Debian, Ubuntu), ${fedora} (Fedora) or ${arch} (Arch)`;
}

/**
 * Opens a system library.
 *
 * @param name File name for the loader, for example `libzmq.so.5`.
 * @throws {MissingLibraryError} If the library or one of the symbols is missing, or the library is too old.
 * @throws {MissingPermissionError} Without `--allow-ffi`.
 */
export function openLibrary<const S extends Deno.ForeignLibraryInterface>(
  name: string,
  symbols: S,
  packages: Packages,
): Deno.DynamicLibrary<S> {
  try {
    // Check the version first, because an older library may lack some of the symbols.
    if (packages.version !== undefined) checkVersion(name, packages, packages.version);
    return Deno.dlopen(name, symbols);
  } catch (error) {
    if (error instanceof StreamerError) throw error;
    if (error instanceof Deno.errors.NotCapable) {
      throw new MissingPermissionError(`load ${name}`, error);
    }
    const reason = loaderReason(name, error);
    const problem = reason === NOT_FOUND ? "" : ` (${reason})`;
    throw new MissingLibraryError(`Cannot load ${name}${problem}`, packages, error);
  }
}

function checkVersion(name: string, packages: Packages, version: VersionCheck): void {
  const parameters = Array.from({ length: version.numbers }, () => "buffer" as const);
  // Stays open, because some libraries cannot be unloaded and loaded again.
  const { symbols } = Deno.dlopen(name, {
    [version.function]: { parameters, result: "void" },
  });
  const numbers = parameters.map(() => new Uint32Array(1));
  symbols[version.function]?.(...numbers);
  const [major = 0, minor = 0, ...rest] = numbers.map((number) => number[0] ?? 0);
  const [minMajor, minMinor] = version.minimum;
  if (major > minMajor || (major === minMajor && minor >= minMinor)) return;
  throw new MissingLibraryError(
    `${name} has version ${[major, minor, rest[0] ?? 0].join(".")} and must have ` +
      `${minMajor}.${minMinor} or newer`,
    packages,
  );
}

const NOT_FOUND = "cannot open shared object file: No such file or directory";

/** Returns the loader's error message for a library, without the text that Deno adds. */
export function loaderReason(name: string, error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const reason = text.replaceAll("Could not open library: ", "").trim().split("\n").at(-1) ?? "";
  return reason.startsWith(`${name}: `) ? reason.slice(name.length + 2) : reason;
}

/** Returns a NUL-terminated UTF-8 string. */
export function cString(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new TextEncoder().encode(`${text}\0`));
}

/** Returns a function that calls `make` at its first call and then always returns the same value. */
export function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
