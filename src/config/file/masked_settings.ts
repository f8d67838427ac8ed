import { maskedUrl, parseRtmpUrl } from "../../rtmp/url.ts";
import { isTable, type Table } from "./toml_file.ts";

/** Stands for a secret. */
export const MASK = "***";

/** Returns settings with keys and passwords masked. */
export function maskedSettings(table: Table): Table {
  // With a separate key, all of the URL's path is the application.
  const hasKey = "rtmp-key" in table || "key-file" in table;
  return Object.fromEntries(
    Object.entries(table).map(([key, value]) => [key, masked(key, value, hasKey)]),
  );
}

function masked(key: string, value: unknown, hasKey: boolean): unknown {
  if (Array.isArray(value)) return value.map((element) => masked(key, element, hasKey));
  if (isTable(value)) return maskedSettings(value);
  if (key === "rtmp-key") return MASK;
  if (key === "rtmp-url" && typeof value === "string") return maskedRtmpUrl(value, hasKey);
  return value;
}

function maskedRtmpUrl(text: string, hasKey: boolean): string {
  try {
    return maskedUrl(parseRtmpUrl(text, hasKey ? MASK : undefined));
  } catch {
    // Variables may make the URL invalid.
    return text.replace(/^(\w+:\/\/)(?:[^/@]*@)?([^/]*).*/, `$1$2/${MASK}`);
  }
}
