import type { Codec } from "../bitstream/codec.ts";
import { StreamerError } from "../errors.ts";
import { RtpError } from "../rtp/rtp_error.ts";
import { parseRtpPacket, type RtpPacket } from "../rtp/rtp_packet.ts";
import { VIDEO_CLOCK_RATE } from "../rtp/rtp_clock.ts";
import { SequenceTracker } from "../rtp/sequence_tracker.ts";
import type { IdentityReport } from "./identity_check.ts";
import { RtpCodecCheck } from "./rtp_codec_check.ts";

/** Report of a stream of RTP packets, with that of the frame identities if they were checked. */
export interface RtpStreamReport extends Partial<IdentityReport> {
  /** Valid packets. */
  readonly packets: number;
  /** Their bytes, including headers. */
  readonly bytes: number;
  /** The expected codec, or the only one for which the packets are valid. */
  readonly codec?: Codec;
  /** Synchronization source of the newest packet, u32. */
  readonly ssrc?: number;
  /** Number of changes of the synchronization source. */
  readonly sourceChanges: number;
  /** Lost packets. Lost, reordered and duplicate packets are not violations. */
  readonly lost: number;
  /** Packets that arrived after one with a higher sequence number. */
  readonly reordered: number;
  /** Packets that arrived more than once. */
  readonly duplicates: number;
  /** RTP timestamp of the first packet, u32. */
  readonly firstTimestamp?: number;
  /** RTP timestamp of the newest packet, u32. */
  readonly lastTimestamp?: number;
  /** Number of decreases of the timestamp. B-frames cause them. */
  readonly timestampsBackwards: number;
  /** Largest increase between consecutive timestamps. */
  readonly largestTimestampStepMs: number;
  /** Packets with the marker. */
  readonly markers: number;
  /** Access units received. */
  readonly accessUnits: number;
  /** Access units without a lost packet. */
  readonly completeAccessUnits: number;
  /** Access units at which decoding can start. */
  readonly keyFrames: number;
  /** Number of NAL units received, by type. */
  readonly nalUnitTypes: Readonly<Record<string, number>>;
}

/** Checks a stream of datagrams against RTP and the payload formats of H.264 and H.265. */
export class RtpStreamCheck {
  readonly #expectPt: number;
  readonly #sequence = new SequenceTracker();
  #candidates: RtpCodecCheck[];
  #packets = 0;
  #bytes = 0;
  #markers = 0;
  #ssrc: number | undefined;
  #sourceChanges = 0;
  #firstTimestamp: number | undefined;
  #lastTimestamp: number | undefined;
  #backwards = 0;
  #largestStep = 0;

  /**
   * Creates a check without packets.
   *
   * @param expectPt Payload type that every packet must have.
   * @param codec The expected codec. Without it, the packets must be valid for either codec.
   * @param checksIdentity Whether every complete access unit must identify its frame.
   */
  constructor(expectPt: number, codec?: Codec, checksIdentity = false) {
    this.#expectPt = expectPt;
    const codecs: readonly Codec[] = codec === undefined ? ["h264", "h265"] : [codec];
    this.#candidates = codecs.map((one) => new RtpCodecCheck(one, checksIdentity));
  }

  /** Valid packets so far. */
  get packets(): number {
    return this.#packets;
  }

  /**
   * Checks a datagram.
   *
   * @throws {StreamerError} `payload_type_mismatch` if its payload type is not the expected one;
   * `malformed_rtp` or `malformed_bitstream` if it is malformed.
   */
  push(datagram: Uint8Array): void {
    const packet = parseRtpPacket(datagram);
    if (packet.payloadType !== this.#expectPt) {
      throw new StreamerError(
        `A packet has payload type ${packet.payloadType}; ${this.#expectPt} is expected`,
        { code: "payload_type_mismatch" },
      );
    }
    this.#checkPayload(packet);
    this.#updateSource(packet);
    if (this.#sequence.push(packet.sequenceNumber) !== "late") {
      this.#updateTimestamp(packet.timestamp);
    }
    this.#packets += 1;
    this.#bytes += datagram.length;
    if (packet.marker) this.#markers += 1;
  }

  /** Returns a report of the packets so far. */
  report(): RtpStreamReport {
    const [check, other] = this.#candidates;
    const only = other === undefined ? check : undefined;
    return {
      packets: this.#packets,
      bytes: this.#bytes,
      ...(only === undefined ? {} : { codec: only.codec }),
      ...(this.#ssrc === undefined ? {} : { ssrc: this.#ssrc }),
      sourceChanges: this.#sourceChanges,
      lost: this.#sequence.lost,
      reordered: this.#sequence.reordered,
      duplicates: this.#sequence.duplicates,
      ...(this.#firstTimestamp === undefined ? {} : { firstTimestamp: this.#firstTimestamp }),
      ...(this.#lastTimestamp === undefined ? {} : { lastTimestamp: this.#lastTimestamp }),
      timestampsBackwards: this.#backwards,
      largestTimestampStepMs: Math.round(this.#largestStep * 1000 / VIDEO_CLOCK_RATE),
      markers: this.#markers,
      accessUnits: only?.accessUnits.total ?? 0,
      completeAccessUnits: only?.accessUnits.complete ?? 0,
      keyFrames: only?.accessUnits.keyFrames ?? 0,
      nalUnitTypes: Object.fromEntries(only?.nalUnitTypes ?? []),
      ...only?.identity?.report(),
    };
  }

  #checkPayload(packet: RtpPacket): void {
    const reasons: StreamerError[] = [];
    const valid: RtpCodecCheck[] = [];
    for (const candidate of this.#candidates) {
      try {
        candidate.push(packet);
        valid.push(candidate);
      } catch (error) {
        if (!(error instanceof StreamerError)) throw error;
        reasons.push(error);
      }
    }
    if (valid.length > 0) {
      this.#candidates = valid;
      return;
    }
    // Packets that are valid but for the identity are of that codec.
    const identity = reasons.find(({ code }) => code === "frame_identity");
    if (identity !== undefined) throw identity;
    const [first, second] = reasons;
    throw second === undefined ? first! : new RtpError(
      `A packet is neither H.264 (${first!.message}) nor H.265 (${second.message})`,
    );
  }

  #updateSource(packet: RtpPacket): void {
    if (packet.ssrc === this.#ssrc) return;
    if (this.#ssrc !== undefined) {
      this.#sourceChanges += 1;
      this.#sequence.restart();
      this.#lastTimestamp = undefined;
    }
    this.#ssrc = packet.ssrc;
  }

  #updateTimestamp(timestamp: number): void {
    this.#firstTimestamp ??= timestamp;
    const step = (timestamp - (this.#lastTimestamp ?? timestamp)) | 0;
    if (step < 0) this.#backwards += 1;
    this.#largestStep = Math.max(this.#largestStep, step);
    this.#lastTimestamp = timestamp;
  }
}
