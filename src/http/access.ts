import { Buffer } from "node:buffer";
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

/**
 * What a request needs: the page itself, which has no secrets; to read; to watch, which is to read over a WebSocket; or
 * to change something.
 */
export type AccessKind = "page" | "read" | "watch" | "change";

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
 * 127.0.0.1 (DNS rebinding; visible in `Host`), or across origins (visible in `Origin`). A page that gives the token with
 * a WebSocket may watch from any origin: it has got the token from someone who may.
 *
 * @param host Host and port that the client requested.
 * @param access What the request needs.
 * @returns Undefined if it may.
 */
export function refusalOf(
  host: string,
  headers: Headers,
  access: AccessKind,
  rules: AccessRules,
): Refusal | undefined {
  if (rules.isLoopback && !LOCAL_HOST.test(host)) {
    return { status: 403, message: "Host must be localhost or a loopback address" };
  }
  const given = givenToken(headers);
  const isAuthorized = given !== undefined && rules.token !== undefined &&
    isEqual(given, rules.token);
  if (access === "watch" && isAuthorized) return undefined;
  const origin = headers.get("origin");
  if (origin !== null && !isSameOrigin(origin, host)) {
    return { status: 403, message: "Origin must be this server" };
  }
  if (access === "page") return undefined;
  // A page of another site that embeds a picture sends no Origin.
  const site = headers.get("sec-fetch-site") ?? "none";
  const isNavigation = headers.get("sec-fetch-mode") === "navigate";
  if (site !== "same-origin" && site !== "none" && !isNavigation) {
    return { status: 403, message: "Other sites may not use this server" };
  }
  if (access !== "change" && (rules.isLoopback || rules.isPublic)) return undefined;
  if (access === "change" && rules.isLoopback && rules.token === undefined) return undefined;
  if (rules.token === undefined) {
    return { status: 403, message: "Changes need a token, and the server has none" };
  }
  if (given === undefined) {
    return { status: 401, message: "Missing token: expected Authorization: Bearer TOKEN" };
  }
  return isAuthorized ? undefined : { status: 401, message: "Wrong token" };
}

/**
 * Returns the token of a request. A browser cannot send `Authorization` with a WebSocket handshake: its page offers the
 * token as a subprotocol, `bearer.` and the token in Base64url, beside the one that it speaks.
 */
function givenToken(headers: Headers): string | undefined {
  const [, token] = /^Bearer +(\S+)$/i.exec(headers.get("authorization") ?? "") ?? [];
  if (token !== undefined) return token;
  const offered = headers.get("sec-websocket-protocol") ?? "";
  const [, encoded] = /(?:^|,)\s*bearer\.([A-Za-z0-9_-]+)\s*(?:,|$)/.exec(offered) ?? [];
  return encoded === undefined ? undefined : Buffer.from(encoded, "base64url").toString();
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
