import { ConfigurationError } from "../../errors.ts";
import { maskedUrl, parseRtmpUrl, tcUrlOf } from "../../rtmp/url.ts";
import type { OutputConfiguration, StreamConfiguration } from "../stream.ts";
import type { NamedStream } from "./named_stream.ts";
import type { TomlFile } from "./toml_file.ts";

/**
 * Refuses streams that share a receiver, a file or the key of a server: no one could decode the mix. Also refuses
 * simulated cameras of the same name: each is a separate producer.
 *
 * @throws {ConfigurationError} The message names both streams.
 */
export function refuseSharedOutputs(streams: readonly NamedStream[], file: TomlFile): void {
  const users = new Map<string, string>();
  for (const { name, outputs, configuration } of streams) {
    for (const { id, shown } of [...camerasOf(configuration), ...outputs.flatMap(placesOf)]) {
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

/** Something that only one stream can have: an identifier, and a text for messages. */
interface Place {
  readonly id: string;
  readonly shown: string;
}

/** Returns the simulated camera of a stream. */
function camerasOf({ dummy, stream: { source } }: StreamConfiguration): Place[] {
  if (dummy === undefined) return [];
  return [
    { id: `segment ${source.shmName}`, shown: `the simulated camera ${source.shmName}` },
    { id: `endpoint ${source.zmqEndpoint}`, shown: `the endpoint ${source.zmqEndpoint}` },
  ];
}

/** Returns the destinations of an output. */
function placesOf(output: OutputConfiguration): Place[] {
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
