/** Path of the only media of a stream, relative to the stream. */
export const CONTROL = "stream=0";

/** The resource that a URL names. */
export interface RtspTarget {
  /** Name of the stream; empty for the root. */
  readonly name: string;
  /** The URL without query and without the part that names the media, ending in a slash. */
  readonly base: string;
}

/** Parses the URL of a request. Returns undefined if it names nothing that a server can have. */
export function parseRtspUrl(url: string): RtspTarget | undefined {
  const [, origin, path = ""] = /^(rtsps?:\/\/[^/?#\s]+)(\/[^?#\s]*)?(?:[?#].*)?$/i.exec(url) ?? [];
  if (origin === undefined) return undefined;
  const parts = path.split("/").filter((part) => part !== "");
  if (parts.at(-1) === CONTROL) parts.pop();
  const [encoded = "", ...others] = parts;
  if (others.length > 0) return undefined;
  try {
    return {
      name: decodeURIComponent(encoded),
      base: [withoutUser(origin), ...parts, ""].join("/"),
    };
  } catch {
    return undefined;
  }
}

/** Some clients leave user and password in the URL. */
function withoutUser(origin: string): string {
  return origin.replace(/\/\/.*@/, "//");
}
