import { quote } from "./_quote.ts";
import type { ContractErrorCode } from "../error_code.ts";
import { ContractError } from "./errors.ts";

/** Maximum length of the name of a POSIX shared memory segment in bytes (NAME_MAX). */
export const SHM_NAME_MAX = 255;

/**
 * Returns the name of a segment without a leading `/`. With or without it the name refers to the same file in `/dev/shm`.
 *
 * @throws {ContractError} If the name is empty, `.` or `..`, longer than 255 bytes of UTF-8, or contains a NUL or another
 * `/`.
 */
export function normalizeShmName(name: string): string {
  const bare = name.startsWith("/") ? name.slice(1) : name;
  if (bare === "") {
    throw refusal("shm_name_empty", name, "got no name, allowed are 1 to 255 bytes");
  }
  if (bare.includes("/")) {
    throw refusal("shm_name_slash", name, 'got a "/" inside the name, allowed is one at the start');
  }
  if (bare.includes("\0")) {
    throw refusal("shm_name_nul", name, "got a NUL, allowed is any other character");
  }
  if (bare === "." || bare === "..") {
    throw refusal(
      "shm_name_dots",
      name,
      "got the name of a directory, allowed is the name of a file",
    );
  }
  const size = new TextEncoder().encode(bare).length;
  if (size > SHM_NAME_MAX) {
    throw refusal(
      "shm_name_length",
      name,
      `got ${size} bytes, allowed are up to ${SHM_NAME_MAX}`,
    );
  }
  return bare;
}

function refusal(code: ContractErrorCode, name: string, detail: string): ContractError {
  return new ContractError(
    code,
    `Invalid shared memory name ${quote(name)}: ${detail}`,
  );
}
