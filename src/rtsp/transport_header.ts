/** How a client wants to receive packets. */
export type RequestedTransport =
  | {
    readonly kind: "tcp";
    /** `RTP/AVP` or `RTP/AVPF`. */
    readonly profile: string;
    /** Channels of RTP and RTCP, 0 to 255; undefined leaves the choice to the server. */
    readonly channels: readonly [number, number] | undefined;
  }
  | {
    readonly kind: "udp";
    readonly profile: string;
    /** The client's ports of RTP and RTCP, 1 to 65535. */
    readonly ports: readonly [number, number];
  };

/** The kinds of transport. */
export type TransportKind = RequestedTransport["kind"];

/** More alternatives than this are ignored. */
const MAX_ALTERNATIVES = 16;
/** Lower ports are those of well-known services, which a client could make the server send to. */
const MIN_CLIENT_PORT = 1024;

/**
 * Parses a Transport header field (RFC 2326, 12.39).
 *
 * @returns The unicast alternatives that are valid, in the client's order of preference.
 */
export function parseTransport(value: string): RequestedTransport[] {
  return value.split(",").slice(0, MAX_ALTERNATIVES).flatMap((text) => {
    const transport = parseAlternative(text.trim());
    return transport === undefined ? [] : [transport];
  });
}

function parseAlternative(text: string): RequestedTransport | undefined {
  const [protocol = "", ...parts] = text.split(";").map((part) => part.trim());
  const [, profile, lower] = /^(RTP\/AVPF?)(?:\/(TCP|UDP))?$/i.exec(protocol) ?? [];
  if (profile === undefined) return undefined;
  const parameters = new Map(parts.map((part) => {
    const [name = "", value = ""] = part.split("=", 2);
    return [name.toLowerCase(), value] as const;
  }));
  const mode = parameters.get("mode")?.replaceAll('"', "").toUpperCase();
  if (parameters.has("multicast") || (mode !== undefined && mode !== "PLAY")) return undefined;
  if (lower?.toUpperCase() === "TCP") {
    const interleaved = parameters.get("interleaved");
    if (interleaved === undefined) return { kind: "tcp", profile, channels: undefined };
    const channels = parsePair(interleaved, 0, 255);
    return channels && { kind: "tcp", profile, channels };
  }
  const ports = parsePair(parameters.get("client_port") ?? "", MIN_CLIENT_PORT, 65_535);
  return ports && { kind: "udp", profile, ports };
}

/** Parses `A-B`, or `A` for the pair of it and the next number. */
function parsePair(text: string, min: number, max: number): [number, number] | undefined {
  const [, first, second] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? [];
  if (first === undefined) return undefined;
  const pair: [number, number] = [Number(first), Number(second ?? Number(first) + 1)];
  const isValid = pair[0] !== pair[1] && pair.every((number) => number >= min && number <= max);
  return isValid ? pair : undefined;
}
