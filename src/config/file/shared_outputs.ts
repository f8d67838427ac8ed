import { ConfigurationError } from "../../errors.ts";
import { maskedUrl, parseRtmpUrl, tcUrlOf } from "../../rtmp/url.ts";
import type { OutputConfiguration } from "../stream.ts";
import type { NamedStream } from "./named_stream.ts";
import type { TomlFile } from "./toml_file.ts";

/**
 * Refuses streams that share a receiver, a file or the key of a server: no one could decode the mix.
 *
 * @throws {ConfigurationError} The message names both streams.
 */
export function refuseSharedOutputs(streams: readonly NamedStream[], file: TomlFile): void {
  const users = new Map<string, string>();
  for (const { name, outputs } of streams) {
    for (const { id, shown } of outputs.flatMap(placesOf)) {
      const other = users.get(id);
      users.set(id, name);
      if (other === undefined) continue;
      throw new ConfigurationError(
        `${file.where(["streams", name])}: streams.${name}: ${shown} is in use by ${
          other === name ? "another output of it" : `streams.${other}`
        }`,
      );
    }
  }
}

/** Returns the destinations of an output, as an identifier and for messages. */
function placesOf(
  output: OutputConfiguration,
): { readonly id: string; readonly shown: string }[] {
  if (output.kind === "rtmp") {
    const { url, key } = output.options;
    const parsed = parseRtmpUrl(url, key);
    return [{ id: `${tcUrlOf(parsed)} ${parsed.key}`, shown: maskedUrl(parsed) }];
  }
  return output.options.receivers.flatMap(({ endpoint, sdpPath }) => [
    { id: `rtp ${endpoint}`, shown: `the receiver ${endpoint}` },
    ...(sdpPath === undefined ? [] : [{ id: `file ${sdpPath}`, shown: `the file ${sdpPath}` }]),
  ]);
}
