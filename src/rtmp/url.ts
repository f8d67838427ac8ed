import { isIPv4, isIPv6 } from "node:net";
import { StreamerError } from "../errors.ts";

/** Ports of URLs without a port. */
const DEFAULT_PORTS = { rtmp: 1935, rtmps: 443 } as const;
const MASK = "***";
const ESCAPES = "in USER:PASSWORD@ a /, ?, # or @ is written %2F, %3F, %23 or %40";
/** Shorter query values are not masked, because they could be parts of ordinary words. */
const MIN_SECRET_LENGTH = 4;

/** A parsed RTMP URL. */
export interface RtmpUrl {
  /** `rtmps` is RTMP over TLS. */
  readonly scheme: "rtmp" | "rtmps";
  /** Host name, IPv4 address, or IPv6 address without brackets. */
  readonly host: string;
  /** 1 to 65,535. */
  readonly port: number;
  /** Application with its nested parts: the path before its last `/`. */
  readonly app: string;
  /** Stream key with its query, which identifies the stream on the server; may be empty. Secret. */
  readonly key: string;
  /** User for Adobe authentication. */
  readonly user?: string;
  /** Password for Adobe authentication. Secret. */
  readonly password?: string;
  /** Whether the key was not in the URL. The path may then contain a key by mistake and is masked. */
  readonly isKeyApart?: true;
}

/**
 * Parses `rtmp://[USER:PASSWORD@]HOST[:PORT]/APP[/NESTED...][/KEY][?QUERY]`.
 *
 * The key is the part after the last `/` of the path, like in GStreamer and in OBS, which has separate
 * fields for server and key. FFmpeg does the same for paths of up to three parts. A query belongs to the
 * key, and can be all of it: `rtmp://HOST/APP/?streamname=NAME&key=KEY`. If the path has a single part,
 * the query belongs to the application, and a key may follow it: `rtmp://HOST/APP?vhost=NAME/KEY`, which
 * FFmpeg users write for virtual hosts. A path of a single part without a `/` in its query is an
 * application with an empty key, which is how MediaMTX identifies streams.
 *
 * Application and key are sent to the server as written, with their percent-encoding, like in FFmpeg and
 * OBS: servers decode them. User and password are decoded, because a URL can only hold `@`, `:` or `/` in
 * encoded form there.
 *
 * @param key Stream key, for keys that a URL cannot hold, such as one with a `/`. The whole path is then
 * the application.
 * @throws {StreamerError} `invalid_rtmp_url` or `invalid_rtmp_key`. The message never contains the key.
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
  // deno-lint-ignore no-control-regex -- They could end a line or be interpreted by a terminal.
  if (match === null || /[\u0000-\u0020\u007f]/.test(text)) {
    throw invalid(
      text,
      "is not an RTMP URL: rtmp://HOST[:PORT]/APP/KEY is needed, or rtmps:// for TLS",
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

/** Returns the `tcUrl` of `connect`: the URL without credentials and key (RTMP 1.0, 7.2.1.1). */
export function tcUrlOf(url: RtmpUrl): string {
  return `${url.scheme}://${authorityOf(url)}/${url.app}`;
}

/**
 * Returns the URL for display and logs, with key, password and all queries masked.
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
  // Without a key, the last part of the application identifies the stream.
  const app = url.key === ""
    ? url.app.replace(/\?.*/s, "").replace(/[^/]*$/, MASK)
    : `${maskedApp(url)}/${MASK}`;
  return `${scheme}://${credentials}${authorityOf(url)}/${app}`;
}

function maskedApp({ app, isKeyApart }: RtmpUrl): string {
  return isKeyApart ? app.replace(/[/?].*/s, `/${MASK}`) : app.replace(/\?.*/s, `?${MASK}`);
}

/** Masks the secrets of a URL in a server's text. Servers often name the stream in their errors. */
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
    ...values.filter((value) => value.length >= MIN_SECRET_LENGTH),
  ];
  const spellings = [...secrets, ...secrets.map(decoded)].filter((secret) => secret !== "");
  // The longest first: the key without its query is part of the key with it.
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
      "has an invalid host or port: HOST, HOST:PORT or [IPV6-ADDRESS]:PORT must follow //; " +
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
      "has an invalid host: a name, an IPv4 address or [an IPv6 address] is needed",
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
  // deno-lint-ignore no-control-regex -- Like in the URL.
  if (key === "" || /[\u0000-\u0020\u007f]/.test(key)) {
    throw new StreamerError(
      "An RTMP stream key cannot be empty or contain spaces or control characters",
      { code: "invalid_rtmp_key" },
    );
  }
  return { app: path.replace(/\/$/, ""), key, isKeyApart: true };
}

function isHostName(host: string): boolean {
  // Digits and dots only are an IPv4 address, or an invalid one.
  if (/^[\d.]+$/.test(host)) return isIPv4(host);
  return host.length <= 253 && /^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_.])?$/.test(host);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A percent sign that does not start an escape sequence is literal.
    return text;
  }
}

function invalid(text: string, problem: string): StreamerError {
  return new StreamerError(`${maskedText(text)} ${problem}`, {
    code: "invalid_rtmp_url",
  });
}

/** Returns the parts of an invalid URL that cannot be secret. The text may even be a bare key. */
function maskedText(text: string): string {
  const scheme = /^[a-z][a-z0-9+.-]{0,19}:\/\//i.exec(text)?.[0];
  if (scheme === undefined) return `A text of ${text.length} characters`;
  const rest = text.slice(scheme.length).replace(/^[^/?#]*@/, "");
  // After another @, or before a colon without a port, the apparent host may be a user or a password.
  const host = rest.includes("@")
    ? ""
    : /^(\[[0-9a-f:.]*\]|[\w.-]*)(:\d{1,5})?(?=[/?#]|$)/i.exec(rest)?.[0] ?? "";
  return `"${scheme}${host}${rest.length > host.length ? MASK : ""}"`;
}
