import { RateLimit } from "../rate_limit.ts";

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
