import type { OutputConfiguration } from "../config/stream.ts";
import type { StreamOptions } from "../stream/options.ts";
import type { Stream } from "../stream/stream.ts";

/**
 * Creates a stream with its outputs.
 *
 * @param onDescription Called with the session description of each RTP output without a file.
 */
export async function makeStream(
  options: StreamOptions,
  outputs: readonly OutputConfiguration[],
  onDescription: (sdp: string) => void = () => {},
): Promise<Stream> {
  // These imports load libraries, which help and invalid flags must not wait for.
  const { Stream } = await import("../stream/stream.ts");
  const stream = new Stream(options);
  for (const output of outputs) {
    if (output.kind === "rtmp") {
      const { rtmp } = await import("../rtmp/rtmp_output.ts");
      stream.add(rtmp(output.options));
      continue;
    }
    const { rtpToEach } = await import("../rtp/rtp_output.ts");
    const receivers = output.options.receivers.map((receiver) => ({
      ...receiver,
      onDescription: (sdp: string) => {
        if (receiver.sdpPath === undefined) onDescription(sdp);
      },
    }));
    for (const sink of rtpToEach({ ...output.options, receivers })) stream.add(sink);
  }
  return stream;
}
