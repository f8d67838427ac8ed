import { maskedUrl, parseRtmpUrl } from "../../rtmp/url.ts";
import { isTable, type Table } from "./toml_file.ts";

const MASK = "***";

/** Settings that can be shown: keys and passwords are masked. */
export function maskedSettings(table: Table): Table {
  return Object.fromEntries(
    Object.entries(table).map(([key, value]) => [key, masked(key, value)]),
  );
}

function masked(key: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((element) => masked(key, element));
  if (isTable(value)) return maskedSettings(value);
  if (key === "rtmp-key") return MASK;
  if (key === "rtmp-url" && typeof value === "string") return maskedRtmpUrl(value);
  return value;
}

function maskedRtmpUrl(text: string): string {
  try {
    return maskedUrl(parseRtmpUrl(text));
  } catch {
    // With a separate key, the URL may lack one.
    return text.replace(/^(\w+:\/\/)(?:[^/@]*@)?([^/]*).*/, `$1$2/${MASK}`);
  }
}
