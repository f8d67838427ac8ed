import { ExitCode, StreamerError } from "../src/errors.ts";

/** Names of the package that holds a library, for the distributions that users run. */
export interface Packages {
  readonly debian: string;
  readonly fedora: string;
  readonly arch: string;
}

/** A system library that is not there, or too old: exit code 5, and what to install. */
export class MissingLibraryError extends StreamerError {
  override readonly name = "MissingLibraryError";

  /**
   * @param library File name of the library.
   * @param packages Where it comes from.
   * @param cause What the loader said.
   */
  constructor(library: string, packages: Packages, cause?: unknown) {
    super(
      `Cannot load ${library}: install ${packages.debian} (Debian, Ubuntu), ` +
        `${packages.fedora} (Fedora) or ${packages.arch} (Arch)`,
      { code: "missing_library", exitCode: ExitCode.PipelineInitialization, cause },
    );
  }
}

/**
 * Opens a system library.
 *
 * @param name File name as the loader knows it, for example `libzmq.so.5`.
 * @throws {MissingLibraryError} When it, or one of the symbols, is not there.
 */
export function openLibrary<const S extends Deno.ForeignLibraryInterface>(
  name: string,
  symbols: S,
  packages: Packages,
): Deno.DynamicLibrary<S> {
  try {
    return Deno.dlopen(name, symbols);
  } catch (error) {
    throw new MissingLibraryError(name, packages, error);
  }
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
