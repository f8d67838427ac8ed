import { createHash, timingSafeEqual } from "node:crypto";

/** Access rules of the server. */
export interface AccessRules {
  /** Whether only this machine can reach the server. */
  readonly isLoopback: boolean;
  /** Whether other machines may read without a token. */
  readonly isPublic: boolean;
  /** Token that clients send as `Authorization: Bearer TOKEN`; undefined if not configured. */
  readonly token: string | undefined;
}

/** Why a request is refused. */
export interface Refusal {
  readonly status: 401 | 403;
  readonly message: string;
}

/** Minimum length of a token, so that it cannot be guessed. */
export const MIN_TOKEN_BYTES = 16;

/** Host names of this machine itself, as browsers send them. */
const LOCAL_HOST = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i;

/**
 * Decides whether a request may be served.
 *
 * A foreign web page can make a browser on this machine send requests: under its own host name, if that resolves to
 * 127.0.0.1 (DNS rebinding; visible in `Host`), or across origins (visible in `Origin`).
 *
 * @param host Host and port that the client requested.
 * @param access Whether the request changes anything.
 * @returns Undefined if it may.
 */
export function refusalOf(
  host: string,
  headers: Headers,
  access: "read" | "change",
  rules: AccessRules,
): Refusal | undefined {
  if (rules.isLoopback && !LOCAL_HOST.test(host)) {
    return { status: 403, message: "Host must be localhost or a loopback address" };
  }
  const origin = headers.get("origin");
  if (origin !== null && !isSameOrigin(origin, host)) {
    return { status: 403, message: "Origin must be this server" };
  }
  if (access === "read" && (rules.isLoopback || rules.isPublic)) return undefined;
  if (access === "change" && rules.isLoopback && rules.token === undefined) return undefined;
  if (rules.token === undefined) {
    return { status: 403, message: "Changes need a token, and the server has none" };
  }
  const given = /^Bearer +(\S+)$/i.exec(headers.get("authorization") ?? "")?.[1];
  if (given === undefined) {
    return { status: 401, message: "Missing token: expected Authorization: Bearer TOKEN" };
  }
  return isEqual(given, rules.token) ? undefined : { status: 401, message: "Wrong token" };
}

function isSameOrigin(origin: string, host: string): boolean {
  try {
    return new URL(origin).host === new URL(`http://${host}`).host ||
      new URL(origin).host === new URL(`https://${host}`).host;
  } catch {
    return false;
  }
}

/** Compares in constant time. */
function isEqual(a: string, b: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
