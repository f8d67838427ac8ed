import { ConfigurationError } from "../errors.ts";
import { isLoopback, type ListenAddress, parseAddress } from "./address.ts";
import { httpFlags } from "./http_flags.ts";
import { type GivenFlags, readFlags } from "./read_flags.ts";

/** Address and access of the HTTP server. */
export interface HttpConfiguration extends ListenAddress {
  /** File with the bearer token. */
  readonly tokenFile: string | undefined;
  /** Whether reading needs no token. */
  readonly isPublic: boolean;
  /** Files of certificate chain and private key, for HTTPS. */
  readonly tls: { readonly certFile: string; readonly keyFile: string } | undefined;
}

/**
 * Returns the configuration of the HTTP server; undefined without `--http`.
 *
 * @throws {ConfigurationError} The address is invalid, or reachable from other machines without protection.
 */
export function httpConfiguration(given: GivenFlags): HttpConfiguration | undefined {
  const names = httpFlags.map(({ name }) => name as string);
  const values = readFlags(httpFlags, new Map([...given].filter(([name]) => names.includes(name))));
  const address = values["http"];
  if (address === undefined) return undefined;
  const { host, port } = parseAddress("http", address);
  const certFile = values["http-cert"];
  const keyFile = values["http-key"];
  if ((certFile === undefined) !== (keyFile === undefined)) {
    throw new ConfigurationError("--http-cert and --http-key need each other");
  }
  const tokenFile = values["http-token-file"];
  const isPublic = values["http-public"];
  if (!isLoopback(host) && tokenFile === undefined && !isPublic) {
    throw new ConfigurationError(
      `--http ${address} is reachable from other machines: give --http-token-file FILE, or ` +
        "--http-public to let anyone read",
    );
  }
  const tls = certFile === undefined || keyFile === undefined ? undefined : { certFile, keyFile };
  return { host, port, tokenFile, isPublic, tls };
}
