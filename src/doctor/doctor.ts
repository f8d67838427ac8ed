import type { Codec } from "../bitstream/codec.ts";
import type { SourceAddress } from "../ingest/options.ts";
import { checkEncoders, type RunSelf } from "./encoders.ts";
import type { Finding } from "./finding.ts";
import { checkServerAddress, type ServerAddress } from "./server_address.ts";
import { checkLibraries } from "./libraries.ts";
import { checkLimits } from "./limits.ts";
import {
  type CheckedReceiver,
  checkRtmpServer,
  checkRtpReceiver,
  checkSdpPath,
} from "./outputs.ts";
import { checkSource } from "./source.ts";

/** A stream to check. */
export interface CheckedStream {
  /** Name in a configuration file. */
  readonly name?: string;
  /** Producer; undefined if it is simulated or unknown. */
  readonly source: SourceAddress | undefined;
  /** Codecs whose encoders are checked. */
  readonly codecs: readonly Codec[];
  /** RTP receivers. */
  readonly rtp: readonly CheckedReceiver[];
  /** Files of their session descriptions. */
  readonly sdpPaths: readonly string[];
  /** RTMP servers. */
  readonly rtmp: readonly { readonly url: string; readonly key?: string | undefined }[];
}

/** What is checked. */
export interface Checked {
  readonly streams: readonly CheckedStream[];
  /** Address of the HTTP server; undefined without one. */
  readonly http: ServerAddress | undefined;
  /** Address of the RTSP server; undefined without one. */
  readonly rtsp: ServerAddress | undefined;
}

/** Checks the machine and the streams. Yields findings as they are made. Does not disturb running streams. */
export async function* examine(
  { streams, http, rtsp }: Checked,
  runSelf: RunSelf,
): AsyncGenerator<Finding, void, void> {
  const libraries = await checkLibraries();
  yield* libraries;
  yield* checkLimits(Math.max(1, streams.length), http !== undefined);
  if (libraries.some(({ level }) => level === "problem")) return;
  const sources = streams.flatMap(({ source, name }) => {
    return source === undefined ? [] : [checkSource(source, name)];
  });
  const outputs = streams.flatMap(({ rtp, sdpPaths, rtmp, name }) => [
    ...rtp.map((receiver) => checkRtpReceiver(receiver, name)),
    ...sdpPaths.map((path) => checkSdpPath(path, name)),
    ...rtmp.map(({ url, key }) => checkRtmpServer(url, key, name)),
  ]);
  for (const checked of await Promise.all([...sources, ...outputs])) yield* checked;
  if (http !== undefined) yield* checkServerAddress("http", http);
  if (rtsp !== undefined) yield* checkServerAddress("rtsp", rtsp);
  const codecs = streams.flatMap((stream) => stream.codecs);
  // After the sources, because encoding would slow their reading down.
  yield* await checkEncoders([...new Set(codecs)], runSelf);
}
