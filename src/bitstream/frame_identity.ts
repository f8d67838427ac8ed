import type { Codec } from "./codec.ts";
import { nalKind } from "./nal_kind.ts";
import type { NalIndex } from "./nal_units.ts";
import { type UserData, userDataOf, writeUserData } from "./sei.ts";

/** Which frame of which camera a picture is, and when it was captured. */
export interface FrameIdentity {
  /** The producer's number of the frame, u32. It may wrap or restart. */
  readonly frameNumber: number;
  /** Capture time in nanoseconds of Unix time, u64; the arrival time if the producer's clock is not Unix time. */
  readonly captureUnixNs: bigint;
  /** The producer's label. */
  readonly label: string;
}

/** The identity that an access unit carries. */
export interface ReadIdentity extends FrameIdentity {
  /** Capture time of the precision time stamp in microseconds of Unix time; undefined without one. */
  readonly precisionTimeStampUs: bigint | undefined;
}

/** Identifies the messages of {@linkcode FrameIdentity}: f8f81f52-02fc-44fd-8fa6-6a2f7a1e0181. */
export const FRAME_IDENTITY_UUID: Uint8Array = uuid("f8f81f52-02fc-44fd-8fa6-6a2f7a1e0181");

/** Identifies precision time stamps in microseconds (MISB ST 0604, 7; in H.264, it is ASCII). */
export const PRECISION_TIME_STAMP_UUID: Readonly<Record<Codec, Uint8Array>> = {
  h264: new TextEncoder().encode("MISPmicrosectime"),
  h265: uuid("a8687dd4-d759-3758-a5ce-f0338b6545f1"),
};

/** Locked to a time reference, no discontinuity; the other bits are reserved and 1 (MISB ST 0603, time status). */
const TIME_STATUS = 0x1f;
/** Follows every two bytes of a precision time stamp except the last two, so that no three zeros are in a row. */
const GUARD = 0xff;
const TIME_STAMP_BYTES = 12;
/** Offsets in the data of the streamer's own message. */
const OWN = { frameNumber: 0, captureUnixNs: 4, label: 12 } as const;
/** Longer labels are no labels of the contract. */
const MAX_LABEL_BYTES = 255;

/**
 * Writes the SEI NAL unit that identifies a frame, without start code. It has two messages `user_data_unregistered`: one
 * with the whole identity, and the precision time stamp of MISB ST 0604, which other programs read.
 *
 * ```text
 * | frame number (4 bytes) | capture time in ns (8 bytes) | label (UTF-8)             |    FRAME_IDENTITY_UUID
 * | status | time 63..48 | 0xff | time 47..32 | 0xff | time 31..16 | 0xff | time 15..0 |    MISB ST 0604
 * ```
 *
 * All numbers are big-endian.
 */
export function writeFrameIdentity(codec: Codec, identity: FrameIdentity): Uint8Array<ArrayBuffer> {
  const { frameNumber, captureUnixNs, label } = identity;
  const text = new TextEncoder().encode(label).subarray(0, MAX_LABEL_BYTES);
  const own = new Uint8Array(OWN.label + text.length);
  const view = new DataView(own.buffer);
  view.setUint32(OWN.frameNumber, frameNumber);
  view.setBigUint64(OWN.captureUnixNs, captureUnixNs);
  own.set(text, OWN.label);
  return writeUserData(codec, [
    { uuid: FRAME_IDENTITY_UUID, data: own },
    // GStreamer 1.22 keeps only the last message of an access unit.
    { uuid: PRECISION_TIME_STAMP_UUID[codec], data: precisionTimeStamp(captureUnixNs / 1000n) },
  ]);
}

/**
 * Reads the identity that a streamer has written into an access unit.
 *
 * @param nalUnits The NAL units of the access unit, without start codes.
 * @returns Undefined if it has none.
 *
 * @example
 * ```ts
 * import { NalUnits } from "./nal_units.ts";
 * import { readFrameIdentity, writeFrameIdentity } from "./frame_identity.ts";
 *
 * const identity = { frameNumber: 7, captureUnixNs: 1_700_000_000_000_000_000n, label: "front" };
 * const units = new NalUnits();
 * units.scan(Uint8Array.of(0, 0, 1, ...writeFrameIdentity("h264", identity)));
 * console.assert(readFrameIdentity("h264", units)?.frameNumber === 7);
 * ```
 */
export function readFrameIdentity(
  codec: Codec,
  nalUnits: Iterable<Uint8Array>,
): ReadIdentity | undefined {
  const messages = userDataOf(codec, nalUnits);
  // The last ones: a producer that has encoded the frame may have its own time stamps before it.
  const own = messages.findLast((message) => isOf(message, FRAME_IDENTITY_UUID))?.data;
  if (own === undefined || own.length < OWN.label) return undefined;
  const view = new DataView(own.buffer, own.byteOffset, own.length);
  const stamp = messages.findLast((message) => isOf(message, PRECISION_TIME_STAMP_UUID[codec]));
  return {
    frameNumber: view.getUint32(OWN.frameNumber),
    captureUnixNs: view.getBigUint64(OWN.captureUnixNs),
    label: new TextDecoder().decode(own.subarray(OWN.label)),
    precisionTimeStampUs: stamp && parsePrecisionTimeStamp(stamp.data),
  };
}

/** Returns the index of the NAL unit before which SEI belongs: the first slice, or what prefixes it. */
export function seiPosition(codec: Codec, units: NalIndex): number {
  for (let i = 0; i < units.count; i++) {
    const kind = nalKind(codec, units.header(i));
    if (kind === "key-slice" || kind === "slice") {
      const isPrefixed = i > 0 && codec === "h264" && (units.header(i - 1) & 0x1f) === PREFIX_H264;
      return isPrefixed ? i - 1 : i;
    }
  }
  return units.count;
}

/** A prefix NAL unit belongs to the slice after it (ITU-T H.264, 7.4.1.2.3). */
const PREFIX_H264 = 14;

function precisionTimeStamp(unixUs: bigint): Uint8Array {
  const data = new Uint8Array(TIME_STAMP_BYTES).fill(GUARD);
  const view = new DataView(data.buffer);
  data[0] = TIME_STATUS;
  for (let part = 0; part < 4; part++) {
    view.setUint16(1 + 3 * part, Number(unixUs >> BigInt(48 - 16 * part) & 0xffffn));
  }
  return data;
}

function parsePrecisionTimeStamp(data: Uint8Array): bigint | undefined {
  if (data.length < TIME_STAMP_BYTES) return undefined;
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  let unixUs = 0n;
  for (let part = 0; part < 4; part++) {
    unixUs = unixUs << 16n | BigInt(view.getUint16(1 + 3 * part));
  }
  return unixUs;
}

function isOf(message: UserData, id: Uint8Array): boolean {
  return message.uuid.every((byte, at) => byte === id[at]);
}

function uuid(text: string): Uint8Array {
  return Uint8Array.from(text.replaceAll("-", "").match(/../g) ?? [], (hex) => parseInt(hex, 16));
}
