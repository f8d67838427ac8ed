import type { AccessUnit } from "../bitstream/access_unit.ts";
import type { CodedFormat } from "../bitstream/coded_format.ts";
import { lengthPrefixedBytes, writeLengthPrefixed } from "../bitstream/length_prefixed.ts";
import { LIVE_HEADER, LIVE_HEADER_BYTES, LiveFlag, type LiveFormat } from "./live_protocol.ts";

/** Returns the text message for a format. */
export function formatMessage(format: CodedFormat): string {
  const { codecString, width, height, frameRate, configurationRecord } = format;
  const message: LiveFormat = {
    type: "format",
    codec: codecString,
    width,
    height,
    ...(frameRate !== undefined && { frameRate }),
    description: base64(configurationRecord),
  };
  return JSON.stringify(message);
}

/** Packs access units into binary messages. Each message is valid until the next one. */
export class UnitPacker {
  #buffer = new Uint8Array(64 * 1024);

  /** Returns the message for an access unit. */
  pack(
    { format: { codec }, nalUnits, keyFrame, frameCount, captureUnixUs, ptsUs }: AccessUnit,
  ): Uint8Array<ArrayBuffer> {
    const size = LIVE_HEADER_BYTES + lengthPrefixedBytes(codec, nalUnits);
    if (size > this.#buffer.length) this.#buffer = new Uint8Array(2 * size);
    const view = new DataView(this.#buffer.buffer);
    view.setUint32(LIVE_HEADER.flags, keyFrame ? LiveFlag.KeyFrame : 0);
    view.setUint32(LIVE_HEADER.frameNumber, frameCount);
    setUint64(view, LIVE_HEADER.captureUnixUs, captureUnixUs);
    setUint64(view, LIVE_HEADER.ptsUs, ptsUs);
    writeLengthPrefixed(codec, nalUnits, this.#buffer, LIVE_HEADER_BYTES);
    return this.#buffer.subarray(0, size);
  }
}

/** Writes a non-negative integer below 2^53, without a BigInt. */
function setUint64(view: DataView, offset: number, value: number): void {
  const integer = Math.max(0, Math.round(value));
  view.setUint32(offset, Math.floor(integer / 2 ** 32));
  view.setUint32(offset + 4, integer >>> 0);
}

function base64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}
