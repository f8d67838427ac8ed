import assert from "node:assert/strict";
import { formatOf, splitAtDelimiters } from "../bitstream/_testing.ts";
import type { Codec } from "../bitstream/codec.ts";
import type { CodedFormat } from "../bitstream/coded_format.ts";

const fixtures = new URL("../../tests/fixtures/rtmp/", import.meta.url);

/** A tag of an FLV file, which corresponds to an RTMP message. */
export interface FlvTag {
  /** Message type id. */
  readonly typeId: number;
  /** Timestamp in milliseconds. */
  readonly timestampMs: number;
  /** Content of the message. */
  readonly payload: Uint8Array;
}

/** An encoded video, as packaged by FFmpeg and as a byte stream. */
export interface CapturedVideo {
  /** Its codec. */
  readonly codec: Codec;
  /** All tags of FFmpeg's FLV file. */
  readonly tags: readonly FlvTag[];
  /** The access units of the byte stream, each with its delimiter and parameter sets. */
  readonly accessUnits: readonly Uint8Array[];
  /** Their format. */
  readonly format: CodedFormat;
}

/** Reads a captured video; see tests/fixtures/rtmp/packaging.md. */
export function capturedVideo(name: string): CapturedVideo {
  const codec: Codec = name.startsWith("h264") ? "h264" : "h265";
  const stream = Deno.readFileSync(new URL(`ffmpeg_${name}.annexb`, fixtures));
  const accessUnits = splitAtDelimiters(codec, stream);
  const format = formatOf(codec, accessUnits[0]!, 25);
  const tags = flvTags(Deno.readFileSync(new URL(`ffmpeg_${name}.flv`, fixtures)));
  return { codec, tags, accessUnits, format };
}

/** Parses FLV 10.1, E.2 to E.4.1: a header of 9 bytes, then tags, each followed by its size. */
function flvTags(file: Uint8Array<ArrayBuffer>): FlvTag[] {
  const view = new DataView(file.buffer);
  const tags: FlvTag[] = [];
  let offset = 9 + 4;
  while (offset < file.length) {
    const length = view.getUint32(offset) & 0xff_ffff;
    const timestampMs = view.getUint32(offset + 4) >>> 8 | view.getUint8(offset + 7) << 24;
    const payload = file.subarray(offset + 11, offset + 11 + length);
    tags.push({ typeId: view.getUint8(offset), timestampMs, payload });
    offset += 11 + length;
    assert.equal(view.getUint32(offset), 11 + length);
    offset += 4;
  }
  return tags;
}
