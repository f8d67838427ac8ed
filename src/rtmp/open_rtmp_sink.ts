import { RtmpSink, type RtmpSinkOptions } from "./rtmp_sink.ts";

/**
 * Makes a publisher that begins to connect. It is there at once, and a server may be there later: see
 * {@linkcode RtmpSinkOptions.onChange}.
 */
export function openRtmpSink(options: RtmpSinkOptions): Promise<RtmpSink> {
  return Promise.resolve(new RtmpSink(options));
}
