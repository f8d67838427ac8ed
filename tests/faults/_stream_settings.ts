/** Stream of the scenarios that disturb outputs. */
export const STREAM = {
  width: 640,
  height: 360,
  fps: 25,
  /** Frame interval in milliseconds. */
  intervalMs: 40,
  /** Frames from one key frame to the next, about half a second. */
  gop: 13,
  /** About twice what these pictures need, to fill the buffers of a blocked connection quickly. */
  bitrateKbps: 8000,
  /**
   * Close to the maximum of IP, to have few packets: a receiver in Deno takes 1 ms for each,
   * whatever its size.
   */
  mtu: 60_000,
  /** Age at which queued RTMP frames are dropped, in milliseconds. */
  maxQueueMs: 500,
} as const;
