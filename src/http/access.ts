import { createHash, timingSafeEqual } from "node:crypto";

/** Who may do what. */
export interface AccessRules {
  /** Whether only this machine reaches the server. */
  readonly isLoopback: boolean;
  /** Whether reading needs no token from elsewhere. */
  readonly isPublic: boolean;
  /** What clients must send as `Authorization: Bearer TOKEN`; undefined if the server has no token. */
  readonly token: string | undefined;
}

/** Why a request is refused. */
export interface Refusal {
  readonly status: 401 | 403;
  readonly message: string;
}

/** Shortest token that is taken: it must not be guessable. */
export const MIN_TOKEN_BYTES = 16;

/** Host names of this machine itself, as browsers send them. */
const LOCAL_HOST = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i;

/**
 * Decides whether a request may be served.
 *
 * A foreign web page can make a browser on this machine send requests: under its own host name, if that resolves to
 * 127.0.0.1 (DNS rebinding; visible in `Host`), or across origins (visible in `Origin`).
 *
 * @param host Host and port, as the client has named them.
 * @param wish Whether the request changes anything.
 * @returns Undefined if it may.
 */
export function refusalOf(
  host: string,
  headers: Headers,
  wish: "read" | "change",
  rules: AccessRules,
): Refusal | undefined {
  if (rules.isLoopback && !LOCAL_HOST.test(host)) {
    return { status: 403, message: "Host must be localhost or a loopback address" };
  }
  const origin = headers.get("origin");
  if (origin !== null && !isSameOrigin(origin, host)) {
    return { status: 403, message: "Origin must be this server" };
  }
  if (wish === "read" && (rules.isLoopback || rules.isPublic)) return undefined;
  if (wish === "change" && rules.isLoopback && rules.token === undefined) return undefined;
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

/** In a time that does not depend on how much is right. */
function isEqual(a: string, b: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
