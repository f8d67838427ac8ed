import { lookup } from "node:dns/promises";
import { isIP, isIPv4, isIPv6 } from "node:net";
import { StreamerError } from "../errors.ts";

/** The highest port for RTP: RTCP takes the next one (RFC 3550, 11). */
export const MAX_RTP_PORT = 65_534;

/** A host and a port as the user wrote them. */
export interface Endpoint {
  /** Host name, IPv4 address, or IPv6 address without brackets. */
  readonly host: string;
  /** 1 to {@linkcode MAX_RTP_PORT}. */
  readonly port: number;
}

/** An endpoint whose host is an address. */
export interface ResolvedEndpoint {
  /** Literal IPv4 or IPv6 address, without brackets. */
  readonly address: string;
  /** 4 or 6. */
  readonly family: 4 | 6;
  /** 1 to {@linkcode MAX_RTP_PORT}. */
  readonly port: number;
}

/**
 * Parses `HOST:PORT`; an IPv6 address stands in brackets.
 *
 * @throws {StreamerError} `invalid_rtp_endpoint`, if it is none.
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
      `${JSON.stringify(text)} is no RTP endpoint: HOST:PORT is needed, or [ADDRESS]:PORT for IPv6`,
    );
  }
  const [, bracketed, plain, digits] = match;
  const port = Number(digits);
  if (port < 1 || port > MAX_RTP_PORT) {
    throw invalid(
      `RTP port ${port} is not allowed: it must be 1 to ${MAX_RTP_PORT}, since RTCP goes to the next one`,
    );
  }
  if (bracketed !== undefined && !isIPv6(bracketed)) {
    throw invalid(`${JSON.stringify(bracketed)} is no IPv6 address: only those stand in brackets`);
  }
  const host = bracketed ?? plain!;
  if (bracketed === undefined && !isHostName(host)) {
    throw invalid(
      `${JSON.stringify(host)} is no host: a name, an IPv4 address or [an IPv6 address] is needed`,
    );
  }
  return { host, port };
}

/**
 * Finds the address of an endpoint.
 *
 * @param current Where it was so far: that is kept as long as it is one of the host's addresses.
 * @throws {StreamerError} `host_not_found`, or `invalid_rtp_endpoint` if the address is one of many
 * receivers.
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
  if (isMulticast(first.address)) {
    throw invalid(
      `RTP goes to one receiver, and ${first.address} is a multicast or broadcast address`,
    );
  }
  return { ...first, port };
}

/** Whether a host is written as an address, which never changes. */
export function isLiteral({ host }: Endpoint): boolean {
  return isIP(host) !== 0;
}

/** Writes an endpoint the way {@linkcode parseEndpoint} reads it. */
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
    {
      code: "host_not_found",
      cause,
    },
  );
}

function isHostName(host: string): boolean {
  // Digits and dots alone are an IPv4 address or a mistake in one.
  if (/^[\d.]+$/.test(host)) return isIPv4(host);
  return host.length <= 253 && /^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_.])?$/.test(host);
}

function isMulticast(address: string): boolean {
  if (!isIPv4(address)) return /^ff/i.test(address);
  const first = Number(address.split(".")[0]);
  return (first >= 224 && first <= 239) || address === "255.255.255.255";
}

function invalid(message: string): StreamerError {
  return new StreamerError(message, {
    code: "invalid_rtp_endpoint",
  });
}
