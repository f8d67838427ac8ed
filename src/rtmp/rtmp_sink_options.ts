import type { StreamerError } from "../errors.ts";
import type { BackoffRange } from "../backoff.ts";
import type { RtmpSessionOptions } from "./client/client_session.ts";
import type { VideoFormat, VideoPackaging } from "./flv/video_packaging.ts";
import type { PackagingChoice } from "./packaging_choice.ts";
import type { RtmpUrl } from "./url.ts";
import type { EncodingDescription } from "./video_sender.ts";

/** Options of an RTMP publisher. */
export interface RtmpSinkOptions {
  /** Where to publish. */
  readonly url: RtmpUrl;
  /** How the video is packaged, or how the packaging of each session is chosen. */
  readonly packaging: VideoPackaging | PackagingChoice;
  /** Returns the metadata that do not follow from the coded format. */
  readonly describe: () => EncodingDescription;
  /**
   * Age in milliseconds at which frames that wait for the server are dropped.
   *
   * @default 1000
   */
  readonly maxQueueMs?: number;
  /**
   * Whether to reconnect, forever, after a session is lost.
   *
   * @default true
   */
  readonly reconnect?: boolean;
  /** Requests a key frame from the encoder, when a session would otherwise start with another frame. */
  readonly requestKeyFrame?: () => void;
  /** Called on each change of state. */
  readonly onChange?: (change: RtmpChange) => void;
  /** Called with the reason when the publisher ends by itself, which it does if `reconnect` is false. */
  readonly onFailed?: (error: StreamerError) => void;
  /** Limits that differ from {@linkcode RTMP_SINK_LIMITS}. */
  readonly limits?: Partial<RtmpSinkLimits>;
  /** Time limits and certificates of each session. */
  readonly session?: Omit<
    RtmpSessionOptions,
    "connectProperties" | "onReconnectRequest" | "onUnreadable" | "stallMs"
  >;
}

/** A change of a publisher's state. */
export type RtmpChange =
  /** The server accepts the stream in this format. */
  | { readonly kind: "publishing"; readonly format: VideoFormat }
  /** There is no session. The next attempt follows in `retryMs` milliseconds. */
  | { readonly kind: "lost"; readonly reason: string; readonly retryMs: number }
  /** The server sent a message that cannot be parsed, for the first time. The message is skipped. */
  | { readonly kind: "unreadable"; readonly reason: string }
  /** The server requested a reconnection (Enhanced RTMP v2). */
  | { readonly kind: "moving"; readonly description: string };

/** What a publisher has sent so far. */
export interface RtmpSinkStatistics {
  /** Name of the sink: the URL with the key masked. */
  readonly name: string;
  /** Access units handed to the connection. */
  readonly accessUnits: number;
  /** RTMP messages of media: access units, sequence headers, metadata. */
  readonly packets: number;
  /** Payload bytes of these messages, without chunk headers. */
  readonly bytes: number;
  /** Access units dropped because there was no session, or because they preceded its key frame. */
  readonly dropped: number;
  /** Sessions started. */
  readonly sessions: number;
  /** Messages of the server that could not be parsed and were skipped. */
  readonly unreadable: number;
  /** Bytes waiting in the connection. */
  readonly waitingBytes: number;
  /** Whether a server accepts the stream. */
  readonly healthy: boolean;
}

/** Limits of an RTMP publisher. Times are in milliseconds. */
export interface RtmpSinkLimits {
  /** Delays between attempts to reconnect. */
  readonly backoff: BackoffRange;
  /** A session that lasts longer than this resets the backoff. */
  readonly lastedMs: number;
  /** Bytes of access units that may wait for the server, whatever their age. */
  readonly maxQueueBytes: number;
  /** A connection that makes no progress for this long is closed. */
  readonly stallMs: number;
  /** Time allowed to send the end of the stream. */
  readonly flushMs: number;
}

/** The default limits. */
export const RTMP_SINK_LIMITS: RtmpSinkLimits = {
  // A restarted server receives the stream well within 3 s.
  backoff: { firstMs: 250, longestMs: 1500 },
  lastedMs: 5000,
  // About 10 s at 12 Mbit/s.
  maxQueueBytes: 16 << 20,
  stallMs: 90_000,
  flushMs: 1000,
};
