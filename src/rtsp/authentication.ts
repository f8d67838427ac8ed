import { Buffer } from "node:buffer";
import { createHash, timingSafeEqual } from "node:crypto";
import type { RtspRequest } from "./rtsp_message.ts";
import { parseRtspUrl } from "./rtsp_url.ts";

/** Passwords by the names of the users. */
export type Users = ReadonlyMap<string, string>;

/** Result of a check: `missing` without credentials, `stale` if only the nonce is not valid (any more). */
export type AccessResult = "granted" | "missing" | "stale" | "wrong";

const REALM = "cvmmap-streamer";
/** Longer credentials are wrong. Matching them against patterns would take too long. */
const MAX_CREDENTIALS = 1024;
/** The algorithms of Digest, by their hash functions. */
const ALGORITHMS = { "SHA-256": "sha256", "MD5": "md5" } as const;

type Algorithm = keyof typeof ALGORITHMS;

/**
 * Checks the credentials of one connection: Digest with SHA-256 or MD5 (RFC 7616; also without `qop`, as in RFC 2069) and
 * Basic (RFC 7617). A nonce is only valid for the connection that got it, so that no one can repeat what he has seen on
 * another.
 */
export class Authentication {
  readonly #users: Users;
  readonly #nonce: string = crypto.randomUUID().replaceAll("-", "");
  /** The last request count of the client, which must increase. */
  #lastCount = 0;

  constructor(users: Users) {
    this.#users = users;
  }

  /**
   * The values of `WWW-Authenticate`. FFmpeg and live555 use the last Digest, and only know MD5. live555 requires this order
   * of the parameters.
   */
  challenges(isStale: boolean): readonly string[] {
    const stale = isStale ? ", stale=true" : "";
    const digest = (algorithm: Algorithm): string =>
      `Digest realm="${REALM}", nonce="${this.#nonce}"${stale}, algorithm=${algorithm}, qop="auth"`;
    return [digest("SHA-256"), digest("MD5"), `Basic realm="${REALM}"`];
  }

  /** Checks a request. */
  check({ method, url, headers }: RtspRequest): AccessResult {
    const given = headers.get("authorization") ?? "";
    if (given.length > MAX_CREDENTIALS) return "wrong";
    const [, scheme = "", credentials = ""] = /^(\S+)\s+(.*)$/.exec(given) ?? [];
    switch (scheme.toLowerCase()) {
      case "":
        return "missing";
      case "basic":
        return this.#checkBasic(credentials);
      case "digest":
        return this.#checkDigest(parseParameters(credentials), method, url);
      default:
        return "wrong";
    }
  }

  #checkBasic(credentials: string): AccessResult {
    const [, user, password = ""] =
      /^([^:]*):(.*)$/s.exec(Buffer.from(credentials, "base64").toString()) ?? [];
    if (user === undefined) return "wrong";
    const expected = this.#users.get(user);
    // Hashes have the same length.
    const isRight = isEqual(hash("sha256", password), hash("sha256", expected ?? ""));
    return isRight && expected !== undefined ? "granted" : "wrong";
  }

  #checkDigest(given: ReadonlyMap<string, string>, method: string, url: string): AccessResult {
    const get = (name: string): string => given.get(name) ?? "";
    const algorithm = get("algorithm") === "" ? "MD5" : get("algorithm").toUpperCase();
    if (algorithm !== "MD5" && algorithm !== "SHA-256") return "wrong";
    const qop = get("qop");
    if (get("realm") !== REALM || (qop !== "" && qop !== "auth")) return "wrong";
    // Some clients give the URL of the stream for all requests.
    if (get("uri") !== url && !isSameStream(get("uri"), url)) return "wrong";
    const of = (text: string): string => hash(ALGORITHMS[algorithm], text);
    // Header fields are read byte by byte; names are UTF-8.
    const user = Buffer.from(get("username"), "latin1").toString();
    const password = this.#users.get(user);
    const secret = of(`${user}:${REALM}:${password ?? ""}`);
    const request = of(`${method}:${get("uri")}`);
    const middle = qop === "" ? [] : [get("nc"), get("cnonce"), qop];
    const expected = of([secret, get("nonce"), ...middle, request].join(":"));
    const isRight = isEqual(get("response").toLowerCase(), expected);
    if (!isRight || password === undefined) return "wrong";
    if (get("nonce") !== this.#nonce) return "stale";
    if (qop === "") return "granted";
    const count = /^[0-9a-f]{8}$/i.test(get("nc")) ? parseInt(get("nc"), 16) : 0;
    if (count <= this.#lastCount) return "stale";
    this.#lastCount = count;
    return "granted";
  }
}

function isSameStream(one: string, other: string): boolean {
  const name = parseRtspUrl(one)?.name;
  return name !== undefined && name === parseRtspUrl(other)?.name;
}

/** Parses `name="value", name=value`. */
function parseParameters(text: string): ReadonlyMap<string, string> {
  const found = text.matchAll(/([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*))/g);
  return new Map(
    found.map(([, name = "", quoted, plain = ""]) => [
      name.toLowerCase(),
      quoted === undefined ? plain : quoted.replace(/\\(.)/g, "$1"),
    ]),
  );
}

function hash(algorithm: "sha256" | "md5", text: string): string {
  return createHash(algorithm).update(text).digest("hex");
}

function isEqual(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
