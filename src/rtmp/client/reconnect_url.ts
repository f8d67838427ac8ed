import { parseRtmpUrl, type RtmpUrl, tcUrlOf } from "../url.ts";

/**
 * Returns the URL for a requested reconnection. In Enhanced RTMP v2, `tcUrl` is absolute, relative to the
 * current one, or missing to reconnect to the same server. Stream key and credentials stay the same.
 *
 * @throws {StreamerError} If `tcUrl` is not a valid RTMP URL.
 *
 * @example
 * ```ts
 * import { reconnectUrl } from "./reconnect_url.ts";
 * import { parseRtmpUrl } from "../url.ts";
 *
 * const next = reconnectUrl(parseRtmpUrl("rtmp://a.example/live/cam"), "//b.example:1936/live");
 * console.assert(next.host === "b.example" && next.port === 1936 && next.key === "cam");
 * ```
 */
export function reconnectUrl(url: RtmpUrl, tcUrl: string | undefined): RtmpUrl {
  if (tcUrl === undefined || tcUrl === "") return url;
  const [, scheme, authority, path = ""] = /^(?:([a-z0-9+.-]+):)?(?:\/\/([^/]*))?(.*)$/is.exec(
    tcUrl,
  ) ?? [];
  const [ownOrigin = ""] = /^[^/]*\/\/[^/]*/.exec(tcUrlOf(url)) ?? [];
  const origin = authority === undefined ? ownOrigin : `${scheme ?? url.scheme}://${authority}`;
  // A relative path replaces the last part of the current one (RFC 3986, 5.2.3).
  const relative = url.app.replace(/[^/]*$/, "") + path;
  const app = (path.startsWith("/") ? path.slice(1) : path === "" ? "" : relative) || url.app;
  const { key, user, password } = url;
  const next = parseRtmpUrl(`${origin}/${app}/KEY`);
  return {
    scheme: next.scheme,
    host: next.host,
    port: next.port,
    app,
    key,
    ...(user !== undefined && { user }),
    ...(password !== undefined && { password }),
  };
}
