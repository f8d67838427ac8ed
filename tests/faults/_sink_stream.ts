/** What is streamed in the scenarios of outputs. */
export const STREAM = {
  width: 640,
  height: 360,
  fps: 25,
  /** Milliseconds from frame to frame. */
  intervalMs: 40,
  /** Frames from one key frame to the next: half a second. */
  gop: 13,
  /** More than these pictures need, which is about half: it fills what a blocked connection holds. */
  bitrateKbps: 8000,
  /** Nearly all that IP allows: few packets, for receivers of Deno's take 1 ms for each, however small. */
  mtu: 60_000,
  /** Age at which what waits for an RTMP server is dropped. */
  maxQueueMs: 500,
} as const;
