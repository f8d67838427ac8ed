import type { Codec } from "../bitstream/codec.ts";
import type { SourceAddress } from "../ingest/options.ts";
import { checkEncoders, type RunSelf } from "./encoders.ts";
import type { Finding } from "./finding.ts";
import { checkLibraries } from "./libraries.ts";
import { checkLimits } from "./limits.ts";
import { checkRtmpServer, checkRtpReceiver } from "./outputs.ts";
import { checkSource } from "./source.ts";

/** A stream to check. */
export interface CheckedStream {
  /** Its name in a configuration file. */
  readonly name?: string;
  /** Its producer; undefined where that is simulated, or not known. */
  readonly source: SourceAddress | undefined;
  /** Codecs whose encoders it needs. */
  readonly codecs: readonly Codec[];
  /** Endpoints of its RTP receivers. */
  readonly rtp: readonly string[];
  /** Its RTMP servers. */
  readonly rtmp: readonly { readonly url: string; readonly key?: string | undefined }[];
}

/** Checks machine and streams, and yields what is found as soon as it is. Running streams are not disturbed. */
export async function* examine(
  streams: readonly CheckedStream[],
  runSelf: RunSelf,
): AsyncGenerator<Finding, void, void> {
  const libraries = await checkLibraries();
  yield* libraries;
  yield* checkLimits(Math.max(1, streams.length));
  if (libraries.some(({ level }) => level === "problem")) return;
  const sources = streams.flatMap(({ source, name }) => {
    return source === undefined ? [] : [checkSource(source, name)];
  });
  const outputs = streams.flatMap(({ rtp, rtmp, name }) => [
    ...rtp.map((endpoint) => checkRtpReceiver(endpoint, name)),
    ...rtmp.map(({ url, key }) => checkRtmpServer(url, key, name)),
  ]);
  for (const checked of await Promise.all([...sources, ...outputs])) yield* checked;
  const codecs = streams.flatMap((stream) => stream.codecs);
  // After the sources: encoders that compete with their reading would make it look worse than it is.
  yield* await checkEncoders([...new Set(codecs)], runSelf);
}
