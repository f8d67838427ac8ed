import type { AccessUnit } from "../bitstream/access_unit.ts";
import { NalUnits } from "../bitstream/nal_units.ts";
import { ParameterSets } from "../bitstream/parameter_sets.ts";
import { parseSpsH264 } from "../bitstream/sps_h264.ts";
import { parseSpsH265 } from "../bitstream/sps_h265.ts";
import { encodeAmf0 } from "./amf0_encode.ts";
import type { MediaMessage } from "./client_session.ts";
import { metadataMessage, type StreamDescription, streamMetadata } from "./metadata.ts";
import { PayloadBuffer } from "./payload_buffer.ts";
import type { VideoPackaging } from "./video_packaging.ts";
import { VideoTimestamps } from "./video_timestamps.ts";

/** What the metadata says besides the picture's size. */
export type EncodingDescription = Omit<StreamDescription, "width" | "height">;

/**
 * Puts access units into the messages of one session: metadata and sequence header first, and again
 * whenever the parameter sets change.
 */
export class VideoSender {
  readonly #packaging: VideoPackaging;
  readonly #describe: () => EncodingDescription;
  readonly #send: (message: MediaMessage) => void;
  readonly #sets: ParameterSets;
  readonly #units = new NalUnits();
  readonly #payload = new PayloadBuffer();
  readonly #timestamps = new VideoTimestamps();
  #needsHeader = true;
  #begun = false;
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
    this.#sets = new ParameterSets(packaging.codec);
  }

  /**
   * Sends an access unit. The first one of a session is a key frame.
   *
   * @throws {StreamerError} If it cannot be packaged; a key frame may follow.
   */
  send(unit: AccessUnit): void {
    this.#units.scan(unit.data);
    // Stays true until a header has gone, also if the one for these sets cannot be made.
    if (this.#sets.observe(this.#units)) this.#needsHeader = true;
    const { timestampMs, compositionTimeMs } = this.#timestamps.next(unit.ptsUs, unit.dtsUs);
    this.#latestMs = timestampMs;
    if (this.#needsHeader) this.#sendHeader(timestampMs);
    const payload = this.#packaging.frame(
      this.#units,
      unit.keyFrame,
      compositionTimeMs,
      this.#payload,
    );
    this.#send({ type: "video", timestampMs, payload });
  }

  /** Ends the coded sequence, if one was begun. */
  end(): void {
    if (!this.#begun) return;
    const payload = this.#packaging.sequenceEnd();
    this.#send({ type: "video", timestampMs: this.#latestMs, payload });
  }

  #sendHeader(timestampMs: number): void {
    const header = this.#packaging.sequenceHeader(this.#sets);
    const metadata = streamMetadata(this.#packaging, { ...this.#describe(), ...this.#size() });
    const values = encodeAmf0(metadataMessage(metadata));
    this.#send({ type: "data", timestampMs, payload: values });
    this.#send({ type: "video", timestampMs, payload: header });
    this.#needsHeader = false;
    this.#begun = true;
  }

  /** Of the newest SPS: `sequenceHeader` has made sure that there is one. */
  #size(): { width: number; height: number } {
    const sps = this.#sets.sps[0] ?? new Uint8Array();
    const { width, height } = this.#packaging.codec === "h264"
      ? parseSpsH264(sps)
      : parseSpsH265(sps);
    return { width, height };
  }
}
