import { isIPv4, isIPv6 } from "node:net";
import { StreamerError } from "../errors.ts";

/** Ports where the URL names none. */
const DEFAULT_PORTS = { rtmp: 1935, rtmps: 443 } as const;
const MASK = "***";
const ESCAPES = "in USER:PASSWORD@ a /, ?, # or @ is written %2F, %3F, %23 or %40";
/** Shorter parts of a query are no secrets, but parts of words. */
const LEAST_SECRET = 4;

/** Where and as what to publish. */
export interface RtmpUrl {
  /** `rtmps` is RTMP over TLS. */
  readonly scheme: "rtmp" | "rtmps";
  /** Host name, IPv4 address, or IPv6 address without brackets. */
  readonly host: string;
  /** 1 to 65,535. */
  readonly port: number;
  /** Application, with its nested parts: what stands before the last `/` of the path. */
  readonly app: string;
  /** Stream key with its query: what a server knows the stream by; may be empty. Secret. */
  readonly key: string;
  /** Who publishes, for Adobe authentication; undefined without. */
  readonly user?: string;
  /** Secret; undefined without. */
  readonly password?: string;
  /** Whether the key was given apart: by mistake, a part of the path may then be one, too. */
  readonly isKeyApart?: true;
}

/**
 * Parses `rtmp://[USER:PASSWORD@]HOST[:PORT]/APP[/NESTED...][/KEY][?QUERY]`.
 *
 * The key is what follows the last `/` of the path, as where OBS takes server and key apart and in
 * GStreamer; FFmpeg does the same with up to three parts. A query belongs to the key, and may be all
 * of it: `rtmp://HOST/APP/?streamname=NAME&key=KEY`. Only where the path has a single part is it the
 * application's, and the key may follow it: `rtmp://HOST/APP?vhost=NAME/KEY`, the spelling for virtual
 * hosts in use with FFmpeg. A path of a single part, with its query, is an application whose key is empty:
 * MediaMTX knows streams that way.
 *
 * Application and key go to the server as they are written, percent signs and all, as FFmpeg and
 * OBS send them: servers decode them. User and password are decoded, since a URL cannot hold `@`,
 * `:` or `/` in them otherwise.
 *
 * @param key What the stream is known by, where it cannot stand in a URL, as one with a `/` in it: all of
 * the path is then the application.
 * @throws {StreamerError} `invalid_rtmp_url`. The message never shows the key.
 *
 * @example
 * ```ts
 * import { parseRtmpUrl } from "./url.ts";
 *
 * const { host, port, app, key } = parseRtmpUrl("rtmp://localhost/live/eu/cam?token=1");
 * console.assert(host === "localhost" && port === 1935 && app === "live/eu");
 * console.assert(key === "cam?token=1");
 * ```
 */
export function parseRtmpUrl(text: string, key?: string): RtmpUrl {
  const match = /^(rtmps?):\/\/([^/?#]*)(\/.*)?$/i.exec(text);
  // deno-lint-ignore no-control-regex -- These would end a line, or mean something to a terminal.
  if (match === null || /[\u0000-\u0020\u007f]/.test(text)) {
    throw invalid(
      text,
      "is no RTMP URL: rtmp://HOST[:PORT]/APP/KEY is needed, or rtmps:// for TLS",
    );
  }
  const [, schemeText, authority = "", path = ""] = match;
  const scheme = schemeText?.toLowerCase() === "rtmps" ? "rtmps" : "rtmp";
  const at = authority.lastIndexOf("@");
  const { host, port } = parseHost(text, authority.slice(at + 1), DEFAULT_PORTS[scheme]);
  const credentials = at < 0 ? {} : parseCredentials(text, authority.slice(0, at));
  const stream = key === undefined ? splitPath(path.slice(1)) : keyedPath(path.slice(1), key);
  const application = stream.app.replace(/\?.*/s, "");
  if (application === "") {
    throw invalid(text, "names no application: rtmp://HOST[:PORT]/APP/KEY is needed");
  }
  if (application.includes("@")) {
    throw invalid(text, `has a @ after its host: ${ESCAPES}, and one in an application %40`);
  }
  return { scheme, host, port, ...stream, ...credentials };
}

/** The URL that `connect` tells the server: without credentials and key (RTMP 1.0, 7.2.1.1). */
export function tcUrlOf(url: RtmpUrl): string {
  return `${url.scheme}://${authorityOf(url)}/${url.app}`;
}

/**
 * The URL for people and logs: key, password and every query masked.
 *
 * @example
 * ```ts
 * import { maskedUrl, parseRtmpUrl } from "./url.ts";
 *
 * const url = parseRtmpUrl("rtmp://me:word@localhost/live/secret?token=1");
 * console.assert(maskedUrl(url) === "rtmp://me:***@localhost/live/***");
 * ```
 */
export function maskedUrl(url: RtmpUrl): string {
  const { scheme, user, password } = url;
  const secret = password === undefined ? "" : `:${MASK}`;
  const credentials = user === undefined ? "" : `${encodeURIComponent(user)}${secret}@`;
  // Without a key, the last part of the application is what a server knows the stream by.
  const app = url.key === ""
    ? url.app.replace(/\?.*/s, "").replace(/[^/]*$/, MASK)
    : `${shownApp(url)}/${MASK}`;
  return `${scheme}://${credentials}${authorityOf(url)}/${app}`;
}

function shownApp({ app, isKeyApart }: RtmpUrl): string {
  return isKeyApart ? app.replace(/[/?].*/s, `/${MASK}`) : app.replace(/\?.*/s, `?${MASK}`);
}

/** Masks what is secret in words from outside: servers like to name the stream in their errors. */
export function withoutSecrets(url: RtmpUrl, text: string): string {
  const appQuery = url.app.replace(/^[^?]*\??/, "");
  const queries = [appQuery, url.key.replace(/^[^?]*\??/s, "")];
  const values = queries.flatMap((query) =>
    query.split("&").map((part) => part.replace(/^[^=]*=?/, ""))
  );
  const secrets = [
    url.key,
    url.key.replace(/\?.*/s, ""),
    url.password ?? "",
    appQuery,
    ...(url.isKeyApart ? [url.app.replace(/^[^/?]*[/?]?/, "")] : []),
    ...(url.key === "" ? [url.app.replace(/\?.*/s, "").replace(/^.*\//s, "")] : []),
    ...values.filter((value) => value.length >= LEAST_SECRET),
  ];
  const spellings = [...secrets, ...secrets.map(decoded)].filter((secret) => secret !== "");
  // The longest first: a key without its query is part of the key with it.
  spellings.sort((a, b) => b.length - a.length);
  return spellings.reduce((masked, secret) => masked.replaceAll(secret, MASK), text);
}

function authorityOf({ scheme, host, port }: RtmpUrl): string {
  const bracketed = host.includes(":") ? `[${host}]` : host;
  return port === DEFAULT_PORTS[scheme] ? bracketed : `${bracketed}:${port}`;
}

function parseHost(
  text: string,
  authority: string,
  defaultPort: number,
): { host: string; port: number } {
  const match = /^(?:\[([^\]]*)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(authority);
  if (match === null) {
    throw invalid(
      text,
      "has no host and port that can be read: HOST, HOST:PORT or [IPV6-ADDRESS]:PORT must follow //; " +
        ESCAPES,
    );
  }
  const [, bracketed, plain = "", digits] = match;
  const port = digits === undefined ? defaultPort : Number(digits);
  if (port < 1 || port > 65_535) {
    throw invalid(text, `has port ${port}: it must be 1 to 65535`);
  }
  if (bracketed !== undefined ? !isIPv6(bracketed) : !isHostName(plain)) {
    throw invalid(
      text,
      "has a host that is none: a name, an IPv4 address or [an IPv6 address] is needed",
    );
  }
  return { host: bracketed ?? plain, port };
}

function parseCredentials(text: string, userInfo: string): { user: string; password: string } {
  const colon = userInfo.indexOf(":");
  const user = decoded(userInfo.slice(0, colon));
  const password = decoded(userInfo.slice(colon + 1));
  if (colon < 0 || user === "" || password === "") {
    throw invalid(text, "has a user without a password: USER:PASSWORD@ is needed, or neither");
  }
  return { user, password };
}

function splitPath(path: string): { app: string; key: string } {
  const question = path.indexOf("?");
  const plain = question < 0 ? path : path.slice(0, question);
  const slash = plain.includes("/") ? plain.lastIndexOf("/") : path.lastIndexOf("/");
  const app = slash < 0 ? path : path.slice(0, slash);
  return { app, key: slash < 0 ? "" : path.slice(slash + 1) };
}

function keyedPath(path: string, key: string): { app: string; key: string; isKeyApart: true } {
  // deno-lint-ignore no-control-regex -- As in the URL.
  if (key === "" || /[\u0000-\u0020\u007f]/.test(key)) {
    throw new StreamerError(
      "An RTMP stream key cannot be empty or have spaces or control characters in it",
      { code: "invalid_rtmp_key" },
    );
  }
  return { app: path.replace(/\/$/, ""), key, isKeyApart: true };
}

function isHostName(host: string): boolean {
  // Digits and dots alone are an IPv4 address or a mistake in one.
  if (/^[\d.]+$/.test(host)) return isIPv4(host);
  return host.length <= 253 && /^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_.])?$/.test(host);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A percent sign that begins no code stands for itself.
    return text;
  }
}

function invalid(text: string, problem: string): StreamerError {
  return new StreamerError(`${shown(text)} ${problem}`, {
    code: "invalid_rtmp_url",
  });
}

/** Shows of a text that may be anything, a bare key even, only what cannot be secret. */
function shown(text: string): string {
  const scheme = /^[a-z][a-z0-9+.-]{0,19}:\/\//i.exec(text)?.[0];
  if (scheme === undefined) return `A text of ${text.length} characters`;
  const rest = text.slice(scheme.length).replace(/^[^/?#]*@/, "");
  // With another @, or without a port after a colon, what looks like the host may be a user or a password.
  const host = rest.includes("@")
    ? ""
    : /^(\[[0-9a-f:.]*\]|[\w.-]*)(:\d{1,5})?(?=[/?#]|$)/i.exec(rest)?.[0] ?? "";
  return `"${scheme}${host}${rest.length > host.length ? MASK : ""}"`;
}
