import type { AvcConfiguration } from "../bitstream/avc_configuration.ts";
import type { HevcConfiguration } from "../bitstream/hevc_configuration.ts";
import { StreamerError } from "../errors.ts";
import { MessageType, type RtmpMessage } from "../rtmp/wire/message.ts";
import { RtmpError } from "../rtmp/rtmp_error.ts";
import { packagingOf } from "../rtmp/flv/video_formats.ts";
import { parseVideoHeader, UNSUPPORTED_VIDEO } from "../rtmp/flv/video_header.ts";
import type { VideoFormat } from "../rtmp/flv/video_packaging.ts";
import {
  parseVideoMessage,
  type VideoFrame,
  type VideoMessage,
  type VideoSequenceHeader,
} from "../rtmp/flv/video_parse.ts";
import { EX_HEADER } from "../rtmp/flv/video_constants.ts";
import { type CheckedMetadata, parseMetadata } from "./rtmp_metadata_check.ts";
import type { RtmpStubCounts } from "./rtmp_stub_counts.ts";

/** Well-formed video in another format than the test expects. */
export class RtmpModeMismatch extends StreamerError {
  /** `RtmpModeMismatch`. */
  override readonly name = "RtmpModeMismatch";

  /**
   * Creates the error.
   *
   * @param message One line: what was received and what was expected.
   * @param cause The underlying error, if there is one.
   */
  constructor(message: string, cause?: unknown) {
    super(message, { code: "rtmp_mode_mismatch", cause });
  }
}

/**
 * Checks the media of one publication strictly. Metadata must come first, then a sequence header consistent
 * with it, then frames, starting with a key frame. The format must be the expected one, and timestamps must
 * not decrease.
 */
export class RtmpVideoCheck {
  readonly #expected: VideoFormat;
  readonly #counts: RtmpStubCounts;
  #metadata: CheckedMetadata | undefined;
  #configuration: AvcConfiguration | HevcConfiguration | undefined;
  #awaitsKeyFrame = true;
  #lastTimestampMs: number | undefined;

  /**
   * Starts a publication.
   *
   * @param expected Expected format of the video.
   * @param counts The counts to update; shared by the publications of a test.
   */
  constructor(expected: VideoFormat, counts: RtmpStubCounts) {
    this.#expected = expected;
    this.#counts = counts;
  }

  /**
   * Checks a media message.
   *
   * @returns The parsed video message; undefined for other media.
   * @throws {RtmpModeMismatch} If the video has another format than expected.
   * @throws {RtmpError} If the message is malformed or not allowed now.
   */
  push(message: RtmpMessage): VideoMessage | undefined {
    switch (message.typeId) {
      case MessageType.Video:
        return this.#pushVideo(message);
      case MessageType.Audio:
        this.#counts.audioMessages += 1;
        return undefined;
      default:
        this.#pushData(message);
        return undefined;
    }
  }

  #pushData(message: RtmpMessage): void {
    const metadata = parseMetadata(message);
    if (metadata === undefined) return;
    this.#metadata = metadata;
    this.#counts.metadataMessages += 1;
    this.#counts.metadata = metadata.values;
  }

  #pushVideo({ payload, timestampMs }: RtmpMessage): VideoMessage {
    this.#checkFormat(payload);
    const video = parseVideoMessage(payload);
    this.#checkMetadata();
    this.#checkTimestamp(timestampMs);
    if (video.kind === "sequence-header") this.#begin(video);
    else if (video.kind === "frame") this.#checkFrame(video, payload.length);
    else if (video.kind === "sequence-end") this.#configuration = undefined;
    this.#counts.videoMessages += 1;
    return video;
  }

  #checkFormat(payload: Uint8Array): void {
    let format: VideoFormat;
    try {
      ({ format } = parseVideoHeader(payload));
    } catch (error) {
      const isOtherFormat = error instanceof RtmpError && error.code === UNSUPPORTED_VIDEO &&
        !this.#hasExpectedFourCc(payload);
      if (!isOtherFormat) throw error;
      throw new RtmpModeMismatch(`${this.#expected} is expected. ${error.message}`, error);
    }
    if (format === this.#expected) return;
    throw new RtmpModeMismatch(`The video is packaged as ${format}; ${this.#expected} is expected`);
  }

  /** Returns whether a packet of an unsupported type has the FourCC of the expected format. */
  #hasExpectedFourCc(payload: Uint8Array): boolean {
    const first = payload[0] ?? 0;
    const fourCc = new DataView(payload.buffer, payload.byteOffset, payload.length);
    return (first & EX_HEADER) !== 0 && payload.length >= 5 &&
      fourCc.getUint32(1) === packagingOf(this.#expected).metadataCodecId;
  }

  #checkMetadata(): void {
    if (this.#metadata === undefined) {
      throw new RtmpError("Video comes before onMetaData");
    }
    const { videoCodecId } = this.#metadata;
    const { metadataCodecId } = packagingOf(this.#expected);
    if (videoCodecId === metadataCodecId) return;
    throw new RtmpError(
      `onMetaData has videocodecid ${videoCodecId}; that of ${this.#expected} is ${metadataCodecId}`,
    );
  }

  #begin({ configuration, format }: VideoSequenceHeader): void {
    const { width, height } = configuration.stream;
    const metadata = this.#metadata;
    if (metadata?.width !== width || metadata.height !== height) {
      throw new RtmpError(
        `onMetaData has pictures of ${metadata?.width}x${metadata?.height}; ` +
          `those of the sequence header are ${width}x${height}`,
      );
    }
    this.#configuration = configuration;
    this.#awaitsKeyFrame = true;
    this.#counts.sequenceHeaders += 1;
    this.#counts.sequenceHeader = { format, ...profileOf(configuration), width, height };
  }

  #checkFrame({ keyFrame, compositionTimeMs }: VideoFrame, bytes: number): void {
    if (this.#configuration === undefined) {
      throw new RtmpError("A frame comes without a sequence header before it");
    }
    if (this.#awaitsKeyFrame && !keyFrame) {
      throw new RtmpError("The first frame after a sequence header is not a key frame");
    }
    this.#awaitsKeyFrame = false;
    const counts = this.#counts;
    counts.videoFrames += 1;
    if (keyFrame) counts.keyFrames += 1;
    counts.largestFrameBytes = Math.max(counts.largestFrameBytes, bytes);
    counts.largestCompositionTimeMs = Math.max(counts.largestCompositionTimeMs, compositionTimeMs);
  }

  /** Timestamps are decoding times, modulo 2^32. */
  #checkTimestamp(timestampMs: number): void {
    const step = (timestampMs - (this.#lastTimestampMs ?? timestampMs)) | 0;
    if (step < 0) {
      throw new RtmpError(
        `A video message has timestamp ${timestampMs}, ${-step} ms before the last one`,
      );
    }
    this.#lastTimestampMs = timestampMs;
    const counts = this.#counts;
    counts.firstTimestampMs ??= timestampMs;
    counts.lastTimestampMs = timestampMs;
    counts.largestTimestampStepMs = Math.max(counts.largestTimestampStepMs, step);
  }
}

function profileOf({ stream }: AvcConfiguration | HevcConfiguration): {
  profile: number;
  level: number;
} {
  return "profileIdc" in stream ? { profile: stream.profileIdc, level: stream.levelIdc } : {
    profile: stream.generalProfileTierLevel[0]! & 31,
    level: stream.generalProfileTierLevel[11]!,
  };
}
