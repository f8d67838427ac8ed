import { RateLimit } from "../rate_limit.ts";

/** Maximum number of connections. */
const MAX_CONNECTIONS = 128;
/** Those of one host: an NVR with two recordings of 16 cameras, and some more. */
const MAX_CONNECTIONS_OF_HOST = 40;
/** Key frames that a host may cause at once, and after that. They cost all clients of a stream bit rate. */
const KEY_FRAMES = { burst: 32, everyMs: 1000 } as const;
/** Hosts whose key frames are counted. */
const MAX_HOSTS = 256;

/** Returns the host of an address. With IPv6, it is the whole network (/64): a host has all of its addresses. */
export function hostOf(address: string): string {
  if (!address.includes(":")) return address;
  const [plain = ""] = address.split("%");
  const [head = "", tail] = plain.split("::");
  const groups = head === "" ? [] : head.split(":");
  const last = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = Array<string>(Math.max(8 - groups.length - last.length, 0)).fill("0");
  return [...groups, ...zeros, ...last].slice(0, 4).join(":");
}

/** A connection, as far as limits care. */
export interface LimitedConnection {
  readonly address: string;
  readonly isAdmitted: boolean;
  readonly isClosed: boolean;
  close(): void;
}

/**
 * Returns why another connection of an address is refused, if it is. The oldest one that may not watch makes room for it.
 *
 * @param connections Those that there are, the oldest first.
 */
export function refusal(
  connections: Iterable<LimitedConnection>,
  address: string,
): string | undefined {
  const host = hostOf(address);
  const open = [...connections].filter(({ isClosed }) => !isClosed);
  const own = open.filter((other) => hostOf(other.address) === host);
  if (own.length >= MAX_CONNECTIONS_OF_HOST) {
    return makeRoom(own) ? undefined : `${own.length} of this host are open`;
  }
  if (open.length < MAX_CONNECTIONS || makeRoom(open)) return undefined;
  return `${open.length} are open`;
}

/** Closes the oldest connection that may not watch. Returns whether there was one. */
function makeRoom(connections: readonly LimitedConnection[]): boolean {
  const oldest = connections.find(({ isAdmitted }) => !isAdmitted);
  oldest?.close();
  return oldest !== undefined;
}

/** Limits the key frames that each host causes. */
export class KeyFrameLimits {
  readonly #limits = new Map<string, RateLimit>();

  /** Returns whether a host may cause another one now. */
  take(host: string, nowMs: number): boolean {
    let limit = this.#limits.get(host);
    if (limit === undefined) {
      const [oldest] = this.#limits.keys();
      if (oldest !== undefined && this.#limits.size >= MAX_HOSTS) this.#limits.delete(oldest);
      limit = new RateLimit(KEY_FRAMES);
      this.#limits.set(host, limit);
    }
    return limit.take(nowMs) !== undefined;
  }
}
