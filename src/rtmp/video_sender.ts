import type { AccessUnit } from "../bitstream/access_unit.ts";
import type { CodedFormat } from "../bitstream/coded_format.ts";
import { encodeAmf0 } from "./amf0/amf0_encode.ts";
import type { MediaMessage } from "./client/client_session.ts";
import { metadataMessage, type StreamDescription, streamMetadata } from "./flv/metadata.ts";
import { PayloadBuffer } from "./wire/payload_buffer.ts";
import type { VideoPackaging } from "./flv/video_packaging.ts";
import { VideoTimestamps } from "./video_timestamps.ts";

/** What the metadata says besides what a format does. */
export type EncodingDescription = Omit<StreamDescription, "width" | "height" | "frameRate">;

/**
 * Puts access units into the messages of one session: metadata and sequence header first, and again
 * whenever the decoder needs another configuration.
 */
export class VideoSender {
  readonly #packaging: VideoPackaging;
  readonly #describe: () => EncodingDescription;
  readonly #send: (message: MediaMessage) => void;
  readonly #payload = new PayloadBuffer();
  readonly #timestamps = new VideoTimestamps();
  /** What the viewers' decoders were told. */
  #configured: Uint8Array | undefined;
  #latestMs = 0;

  /**
   * Sends nothing yet.
   *
   * @param describe Asked whenever metadata are sent.
   * @param send Takes each message; the payload is used again when it returns.
   */
  constructor(
    packaging: VideoPackaging,
    describe: () => EncodingDescription,
    send: (message: MediaMessage) => void,
  ) {
    this.#packaging = packaging;
    this.#describe = describe;
    this.#send = send;
  }

  /**
   * Sends an access unit. The first one of a session is a key frame.
   *
   * @throws {StreamerError} If it cannot be packaged; a key frame may follow.
   */
  send(unit: AccessUnit): void {
    const { timestampMs, compositionTimeMs } = this.#timestamps.next(unit.ptsUs, unit.dtsUs);
    this.#latestMs = timestampMs;
    const { format } = unit;
    if (format.configurationRecord !== this.#configured) this.#sendHeader(format, timestampMs);
    const payload = this.#packaging.frame(
      unit.nalUnits,
      unit.keyFrame,
      compositionTimeMs,
      this.#payload,
    );
    this.#send({ type: "video", timestampMs, payload });
  }

  /** Ends the coded sequence, if one was begun. */
  end(): void {
    if (this.#configured === undefined) return;
    const payload = this.#packaging.sequenceEnd();
    this.#send({ type: "video", timestampMs: this.#latestMs, payload });
  }

  #sendHeader(format: CodedFormat, timestampMs: number): void {
    const { width, height, frameRate, configurationRecord } = format;
    const header = this.#packaging.sequenceHeader(format);
    const description = { ...this.#describe(), width, height, frameRate };
    const values = encodeAmf0(metadataMessage(streamMetadata(this.#packaging, description)));
    this.#send({ type: "data", timestampMs, payload: values });
    this.#send({ type: "video", timestampMs, payload: header });
    this.#configured = configurationRecord;
  }
}
