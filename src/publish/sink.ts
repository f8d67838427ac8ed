import type { AccessUnit } from "../bitstream/access_unit.ts";

/** What one publisher has sent. */
export interface SinkStatistics {
  /** For people, for example `rtp 127.0.0.1:5004`. */
  readonly name: string;
  /** Access units taken for sending. */
  readonly accessUnits: number;
  /** Packets or messages sent. */
  readonly packets: number;
  /** Bytes of these. */
  readonly bytes: number;
  /** Access units or packets that were not sent, whatever the reason. */
  readonly dropped: number;
  /** Whether the far side takes what is sent, as far as is known. */
  readonly healthy: boolean;
}

/**
 * Where access units go. The one promise that keeps a sink from holding back the camera or another
 * sink: `write` returns at once and never throws, whatever the far side does. A sink that cannot
 * send drops, counts, and recovers by itself.
 */
export interface Sink extends AsyncDisposable {
  /** For people, for example `rtp 127.0.0.1:5004`. */
  readonly name: string;
  /** Sends an access unit, or keeps it for sending. Units come in decoding order. */
  write(unit: AccessUnit): void;
  /** What has been sent so far. */
  stats(): SinkStatistics;
}
