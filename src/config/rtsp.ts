import { ConfigurationError } from "../errors.ts";
import { isLoopback, type ListenAddress, parseAddress } from "./address.ts";
import type { HttpConfiguration } from "./http.ts";
import { type GivenFlags, readFlags } from "./read_flags.ts";
import { rtspFlags } from "./rtsp_flags.ts";

/** Address and access of the RTSP server. */
export interface RtspConfiguration extends ListenAddress {
  /** Transports that clients may choose. */
  readonly transports: readonly ("tcp" | "udp")[];
  /** File with further users. */
  readonly usersFile: string | undefined;
  /** Passwords by the names of the users. Must not be shown. */
  readonly users: Readonly<Record<string, string>>;
  /** Whether anyone may watch. */
  readonly isPublic: boolean;
  /** Files of certificate chain and private key, for RTSPS. */
  readonly tls: HttpConfiguration["tls"];
}

/**
 * Returns the configuration of the RTSP server; undefined without `--rtsp`.
 *
 * @param http Configuration of the HTTP server, whose certificate is used.
 * @param users Passwords by the names of the users.
 * @throws {ConfigurationError} The address is invalid, or reachable from other machines without protection.
 */
export function rtspConfiguration(
  given: GivenFlags,
  http: HttpConfiguration | undefined,
  users: Readonly<Record<string, string>> = {},
): RtspConfiguration | undefined {
  const names = rtspFlags.map(({ name }) => name as string);
  const values = readFlags(rtspFlags, new Map([...given].filter(([name]) => names.includes(name))));
  const address = values["rtsp"];
  if (address === undefined) return undefined;
  const { host, port } = parseAddress("rtsp", address);
  if (http !== undefined && http.host === host && http.port === port) {
    throw new ConfigurationError(`--rtsp ${address} is the address of --http: use another port`);
  }
  const usersFile = values["rtsp-users-file"];
  const isPublic = values["rtsp-public"];
  const hasUsers = usersFile !== undefined || Object.keys(users).length > 0;
  if (isPublic && hasUsers) {
    throw new ConfigurationError(
      "--rtsp-public excludes users: omit it, or --rtsp-users-file and [rtsp.users]",
    );
  }
  if (!isLoopback(host) && !hasUsers && !isPublic) {
    throw new ConfigurationError(
      `--rtsp ${address} is reachable from other machines: give --rtsp-users-file FILE, or ` +
        "--rtsp-public to let anyone watch",
    );
  }
  if (values["rtsp-tls"] && http?.tls === undefined) {
    throw new ConfigurationError("--rtsp-tls needs --http with --http-cert and --http-key");
  }
  if (values["rtsp-tls"] && values["rtsp-transport"] === "udp") {
    throw new ConfigurationError(
      "--rtsp-transport udp and --rtsp-tls exclude each other: packets over UDP are not encrypted",
    );
  }
  const transport = values["rtsp-transport"];
  return {
    host,
    port,
    transports: transport === "both" ? ["tcp", "udp"] : [transport],
    usersFile,
    users,
    isPublic,
    tls: values["rtsp-tls"] ? http?.tls : undefined,
  };
}

/**
 * Parses the text of a file of users: one `USER:PASSWORD` a line. Empty lines and those that begin with # are skipped.
 *
 * @throws {ConfigurationError} With the number of the first line that is not valid, never with its text.
 */
export function parseUsers(text: string): Map<string, string> {
  const users = new Map<string, string>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    const [, user, password] = /^([^:]+):(.+)$/.exec(line) ?? [];
    if (user === undefined || password === undefined) {
      throw new ConfigurationError(`line ${index + 1}: expected USER:PASSWORD`);
    }
    if (users.has(user)) {
      throw new ConfigurationError(`line ${index + 1}: the user is in an earlier line, too`);
    }
    users.set(user, password);
  }
  if (users.size === 0) throw new ConfigurationError("expected at least one user");
  return users;
}
