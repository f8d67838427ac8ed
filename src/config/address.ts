import { ConfigurationError } from "../errors.ts";
import { quote } from "./read_flags.ts";

/** Address that a server listens at. */
export interface ListenAddress {
  /** Literal IPv4 or IPv6 address, without brackets, or `localhost`. */
  readonly host: string;
  /** 1 to 65535. */
  readonly port: number;
}

/**
 * Parses `ADDRESS:PORT`.
 *
 * @param flag Name of the flag, for the error.
 * @throws {ConfigurationError} If it is not valid.
 */
export function parseAddress(flag: string, text: string): ListenAddress {
  const [, v6, other, digits] = /^(?:\[([^\]]+)\]|([^:\s]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = v6 ?? other;
  const port = Number(digits);
  if (host !== undefined && port >= 1 && port <= 65_535) return { host, port };
  throw new ConfigurationError(
    `Invalid --${flag} ${quote(text)}: expected ADDRESS:PORT with a port from 1 to 65535`,
  );
}

/** Returns whether only this machine can reach an address. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(?:\.\d{1,3}){3}$/.test(host);
}
