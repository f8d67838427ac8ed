import { ConfigurationError } from "../errors.ts";

/**
 * Checks, before anything starts, that a file could be written at this path.
 *
 * @throws {ConfigurationError} The path is a directory, or its directory does not exist.
 */
export function checkSdpPath(path: string): void {
  const shown = JSON.stringify(path);
  if (isDirectory(path)) {
    throw new ConfigurationError(`Invalid --rtp-sdp ${shown}: it is a directory, expected a file`);
  }
  const slash = path.lastIndexOf("/");
  const parent = slash < 0 ? "." : path.slice(0, slash + 1);
  if (!isDirectory(parent)) {
    throw new ConfigurationError(
      `Invalid --rtp-sdp ${shown}: ${JSON.stringify(parent)} is no directory`,
    );
  }
}

function isDirectory(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}
