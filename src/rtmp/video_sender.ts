import type { AccessUnit } from "../bitstream/access_unit.ts";
import type { CodedFormat } from "../bitstream/coded_format.ts";
import { encodeAmf0 } from "./amf0/amf0_encode.ts";
import type { MediaMessage } from "./client/client_session.ts";
import { metadataMessage, type StreamDescription, streamMetadata } from "./flv/metadata.ts";
import { PayloadBuffer, type VideoPackaging } from "./flv/video_packaging.ts";
import { VideoTimestamps } from "./video_timestamps.ts";

/** The metadata that do not follow from the coded format. */
export type EncodingDescription = Omit<StreamDescription, "width" | "height" | "frameRate">;

/**
 * Packages the access units of one session into messages. Sends metadata and a sequence header first, and
 * again whenever the configuration of the decoder changes.
 */
export class VideoSender {
  readonly #packaging: VideoPackaging;
  readonly #describe: () => EncodingDescription;
  readonly #send: (message: MediaMessage) => void;
  readonly #payload = new PayloadBuffer();
  readonly #timestamps = new VideoTimestamps();
  /** The configuration record in the last sequence header. */
  #sentRecord: Uint8Array | undefined;
  #latestMs = 0;

  /**
   * Sends nothing yet.
   *
   * @param describe Called whenever metadata are sent.
   * @param send Called with each message. The payload's memory is reused after it returns.
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
   * Sends an access unit. The first one of a session must be a key frame.
   *
   * @throws {StreamerError} If it cannot be packaged. The stream can continue with a key frame.
   */
  send(unit: AccessUnit): void {
    const { timestampMs, compositionTimeMs } = this.#timestamps.next(unit.ptsUs, unit.dtsUs);
    this.#latestMs = timestampMs;
    const { format } = unit;
    if (format.configurationRecord !== this.#sentRecord) this.#sendHeader(format, timestampMs);
    const payload = this.#packaging.frame(
      unit.nalUnits,
      unit.keyFrame,
      compositionTimeMs,
      this.#payload,
    );
    this.#send({ type: "video", timestampMs, payload });
  }

  /** Sends the end of the coded sequence, if a sequence header was sent. */
  end(): void {
    if (this.#sentRecord === undefined) return;
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
    this.#sentRecord = configurationRecord;
  }
}
