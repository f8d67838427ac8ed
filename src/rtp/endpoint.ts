import { lookup } from "node:dns/promises";
import { isIP, isIPv4, isIPv6 } from "node:net";
import { StreamerError } from "../errors.ts";

/** Highest RTP port: RTCP uses the next port (RFC 3550, 11). */
export const MAX_RTP_PORT = 65_534;

/** The IPv4 address of all hosts in the local network. */
const BROADCAST = "255.255.255.255";

/** A host and a port, as the user typed them. */
export interface Endpoint {
  /** Host name, IPv4 address, or IPv6 address without brackets. */
  readonly host: string;
  /** 1 to {@linkcode MAX_RTP_PORT}. */
  readonly port: number;
}

/** An endpoint whose host has been resolved to an address. */
export interface ResolvedEndpoint {
  /** Literal IPv4 or IPv6 address, without brackets. */
  readonly address: string;
  /** IP version. */
  readonly family: 4 | 6;
  /** 1 to {@linkcode MAX_RTP_PORT}. */
  readonly port: number;
}

/**
 * Parses `HOST:PORT`. An IPv6 address must be in brackets.
 *
 * @throws {StreamerError} `invalid_rtp_endpoint`, if the text is not a valid endpoint.
 *
 * @example
 * ```ts
 * import { parseEndpoint } from "./endpoint.ts";
 *
 * console.assert(parseEndpoint("[::1]:5004").host === "::1");
 * console.assert(parseEndpoint("localhost:5004").port === 5004);
 * ```
 */
export function parseEndpoint(text: string): Endpoint {
  const match = /^(?:\[([^\]]*)\]|([^:[\]]+)):(\d{1,5})$/.exec(text);
  if (match === null) {
    throw invalid(
      `Invalid RTP endpoint ${
        JSON.stringify(text)
      }: expected HOST:PORT, or [ADDRESS]:PORT for IPv6`,
    );
  }
  const [, bracketed, plain, digits] = match;
  const port = Number(digits);
  if (port < 1 || port > MAX_RTP_PORT) {
    throw invalid(
      `Invalid RTP port ${port}: expected 1 to ${MAX_RTP_PORT}; RTCP uses the next port`,
    );
  }
  if (bracketed !== undefined && !isIPv6(bracketed)) {
    throw invalid(
      `Invalid host ${JSON.stringify(bracketed)}: expected an IPv6 address in the brackets`,
    );
  }
  const host = bracketed ?? plain!;
  if (bracketed === undefined && !isHostName(host)) {
    throw invalid(
      `Invalid host ${JSON.stringify(host)}: expected a name, an IPv4 address or [an IPv6 address]`,
    );
  }
  return { host, port };
}

/**
 * Resolves the host of an endpoint to an address.
 *
 * @param current The current address, which is kept as long as it is one of the host's addresses.
 * @throws {StreamerError} `host_not_found`, or `invalid_rtp_endpoint` if the address is the broadcast address.
 */
export async function resolveEndpoint(
  endpoint: Endpoint,
  current?: ResolvedEndpoint,
): Promise<ResolvedEndpoint> {
  const { host, port } = endpoint;
  const addresses = await addressesOf(host);
  if (addresses.some(({ address }) => address === current?.address)) return { ...current!, port };
  const [first] = addresses;
  if (first === undefined) throw notFound(host);
  if (first.address === BROADCAST) {
    throw invalid(
      `Cannot send RTP to the broadcast address ${first.address}: ` +
        "expected the address of one receiver or multicast group",
    );
  }
  return { ...first, port };
}

/** Returns whether the host is a literal address, which needs no lookup. */
export function isLiteral({ host }: Endpoint): boolean {
  return isIP(host) !== 0;
}

/** Formats an endpoint in the form that {@linkcode parseEndpoint} reads. */
export function formatEndpoint(endpoint: Endpoint): string {
  const { host, port } = endpoint;
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

async function addressesOf(host: string): Promise<{ address: string; family: 4 | 6 }[]> {
  if (isIPv4(host)) return [{ address: host, family: 4 }];
  if (isIPv6(host)) return [{ address: host, family: 6 }];
  try {
    const found = await lookup(host, { all: true });
    return found.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }));
  } catch (cause) {
    throw notFound(host, cause);
  }
}

function notFound(host: string, cause?: unknown): StreamerError {
  return new StreamerError(
    `Cannot find the address of host ${JSON.stringify(host)}: check its spelling, and that this ` +
      "machine can look up names",
    { code: "host_not_found", cause },
  );
}

function isHostName(host: string): boolean {
  // Only digits and dots: either an IPv4 address or a typo in one.
  if (/^[\d.]+$/.test(host)) return isIPv4(host);
  return host.length <= 253 && /^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_.])?$/.test(host);
}

/** Returns whether a literal address is that of a multicast group (RFC 5771; RFC 4291, 2.7). */
export function isMulticast(address: string): boolean {
  if (!isIPv4(address)) return /^ff[0-9a-f]{2}:/i.test(address);
  const first = Number(address.split(".")[0]);
  return first >= 224 && first <= 239;
}

/** Whether an address is that of a multicast group that is different on each interface (RFC 4291, 2.7). */
export function needsInterface(address: string): boolean {
  // A zone after % names the interface.
  return /^ff[0-9a-f][12]:[^%]*$/i.test(address);
}

function invalid(message: string): StreamerError {
  return new StreamerError(message, { code: "invalid_rtp_endpoint" });
}
