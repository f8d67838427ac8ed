import assert from "node:assert/strict";
import { fixtureStream, splitAtDelimiters } from "../../src/bitstream/_testing.ts";
import type { Codec } from "../../src/bitstream/codec.ts";
import { readFrameIdentity, writeFrameIdentity } from "../../src/bitstream/frame_identity.ts";
import { codedFormat } from "../../src/bitstream/coded_format.ts";
import { NalUnits } from "../../src/bitstream/nal_units.ts";
import { ParameterSets } from "../../src/bitstream/parameter_sets.ts";
import {
  decodeMessage,
  decodeMetadata,
  decodePicture,
  encodeStatusMessage,
  encodeSyncMessage,
  METADATA_SIZE,
} from "../../src/contract/mod.ts";
import { normalizeShmName } from "../../src/contract/shm_name.ts";
import { parseTarget } from "../../src/contract/target.ts";
import { StreamerError } from "../../src/errors.ts";
import { reconnectUrl } from "../../src/rtmp/client/reconnect_url.ts";
import { maskedUrl, parseRtmpUrl, withoutSecrets } from "../../src/rtmp/url.ts";
import { DepacketizerH264 } from "../../src/rtp/depacketizer_h264.ts";
import { DepacketizerH265 } from "../../src/rtp/depacketizer_h265.ts";
import { parseEndpoint } from "../../src/rtp/endpoint.ts";
import { PacketArena } from "../../src/rtp/packet_arena.ts";
import { PacketizerH264 } from "../../src/rtp/packetizer_h264.ts";
import { PacketizerH265 } from "../../src/rtp/packetizer_h265.ts";
import { writeSenderReport } from "../../src/rtp/rtcp.ts";
import { parseRtcp, parseRtcpPackets } from "../../src/rtp/rtcp_parse.ts";
import { parseRtpPacket } from "../../src/rtp/rtp_packet.ts";
import { describeSession } from "../../src/rtp/sdp.ts";
import { Authentication } from "../../src/rtsp/authentication.ts";
import { MessageReader } from "../../src/rtsp/message_reader.ts";
import { parseRtspUrl } from "../../src/rtsp/rtsp_url.ts";
import { parseTransport } from "../../src/rtsp/transport_header.ts";
import { amfPayloads, publisherSeeds, serverSeeds, videoPayloads } from "./_rtmp_seeds.ts";
import { readAmf0, readVideo } from "./_rtmp_targets.ts";

/** A parser under test. */
export interface ByteTarget {
  readonly name: string;
  /** Valid inputs, which the fuzzer mutates. */
  readonly seeds: readonly Uint8Array[];
  /** Parses an input. It handles a {@linkcode StreamerError}; any other error is a finding. */
  read(bytes: Uint8Array<ArrayBuffer>): void;
}

const CODECS = ["h264", "h265"] as const;
const SEGMENT_BYTES = 2 ** 20;
const UNITS: Readonly<Record<Codec, readonly Uint8Array[]>> = {
  h264: splitAtDelimiters("h264", fixtureStream("h264")),
  h265: splitAtDelimiters("h265", fixtureStream("h265")),
};
const utf8 = new TextDecoder();

/** All parsers of external input except for the RTMP dialogue. */
export const BYTE_TARGETS: readonly ByteTarget[] = [
  {
    name: "contract",
    seeds: [...metadataFixtures(), ...messages()],
    read(bytes): void {
      const region = new Uint8Array(METADATA_SIZE);
      region.set(bytes.subarray(0, METADATA_SIZE));
      valueOrRefusal(() => decodeMetadata(region, SEGMENT_BYTES));
      valueOrRefusal(() => {
        const { offsetBytes, strideBytes, height } = decodePicture(region, SEGMENT_BYTES);
        assert.ok(offsetBytes + strideBytes * height <= SEGMENT_BYTES, "past the segment's end");
      });
      valueOrRefusal(() => decodeMessage(bytes));
    },
  },
  {
    name: "bitstream and SDP",
    seeds: [...UNITS.h264, ...UNITS.h265],
    read(bytes): void {
      for (const codec of ["h264", "h265"] as const) {
        const units = new NalUnits();
        const parameterSets = new ParameterSets(codec);
        valueOrRefusal(() => {
          units.scan(bytes);
          parameterSets.observe(units);
          parameterSets.inFrontOf(units);
          if (parameterSets.complete) describe(parameterSets);
        });
      }
    },
  },
  {
    name: "RTCP",
    seeds: rtcpSeeds(),
    read(bytes): void {
      valueOrRefusal(() => parseRtcp(bytes));
      valueOrRefusal(() => parseRtcpPackets(bytes));
    },
  },
  {
    name: "RTSP and SEI",
    seeds: [
      "SETUP rtsp://h/a/stream=0 RTSP/1.0\r\nCSeq: 3\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n\r\n",
      'PLAY rtsp://u:p@[::1]:1/a RTSP/1.0\r\nCSeq: 4\r\nAuthorization: Digest username="u", nonce="n"\r\n\r\n',
      "$\x00\x00\x02ab",
    ].map((text) => new TextEncoder().encode(text)).concat(
      CODECS.map((codec) =>
        writeFrameIdentity(codec, { frameNumber: 1, captureUnixNs: 1n << 60n, label: "a" })
      ),
    ),
    read(bytes): void {
      for (const codec of CODECS) readFrameIdentity(codec, [bytes]);
      valueOrRefusal(() => readRtsp(bytes.subarray(0, 4096)));
    },
  },
  { name: "RTP of H.264", seeds: packetsOf("h264"), read: readRtp(DepacketizerH264) },
  { name: "RTP of H.265", seeds: packetsOf("h265"), read: readRtp(DepacketizerH265) },
  {
    name: "AMF0",
    seeds: amfPayloads([...serverSeeds(), ...Object.values(publisherSeeds()).flat()]),
    read: readAmf0,
  },
  { name: "FLV", seeds: videoPayloads(Object.values(publisherSeeds()).flat()), read: readVideo },
  {
    name: "URLs",
    seeds: [
      "rtmp://user:pass%20@host.example:1936/app/nested/key?token=abc",
      "rtmps://[::1]/a/b",
      "rtmp://h/live-bvc/?streamname=live_1&key=abc",
      "rtmp://h/mystream?user=u&pass=p",
      "127.0.0.1:5004",
      "[fe80::1%eth0]:5004",
      "camera-1.example.org:65534",
      "cvmmap://camera0@/run?namespace=rig",
      "camera0",
      "/dev-shm_name",
    ].map((text) => new TextEncoder().encode(text)),
    read(bytes): void {
      const text = utf8.decode(bytes.subarray(0, 600));
      const url = valueOrRefusal(() => parseRtmpUrl(text));
      if (url !== undefined) {
        assert.ok(url.key.length < 4 || !maskedUrl(url).endsWith(url.key), "the key is visible");
        valueOrRefusal(() => reconnectUrl(url, text));
        withoutSecrets(url, text);
      }
      valueOrRefusal(() => parseRtmpUrl("rtmp://h/live", text));
      valueOrRefusal(() => parseEndpoint(text));
      valueOrRefusal(() => parseTarget(text));
      valueOrRefusal(() => normalizeShmName(text));
    },
  },
];

const AUTHENTICATION = new Authentication(new Map([["u", "p"]]));

/** Reads messages, and the header fields and URLs of the requests. */
function readRtsp(bytes: Uint8Array): void {
  const reader = new MessageReader();
  reader.space().set(bytes);
  reader.add(bytes.length);
  for (let message = reader.next(); message !== undefined; message = reader.next()) {
    if (message.kind === "packet") continue;
    parseRtspUrl(message.url);
    parseTransport(message.headers.get("transport") ?? "");
    assert.notEqual(AUTHENTICATION.check(message), "granted");
  }
}

/** Returns the value, or undefined if the input was refused with a one-line message. */
function valueOrRefusal<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof StreamerError)) throw error;
    assert.match(error.message, /^[^\n]{1,5000}$/);
    return undefined;
  }
}

function describe(sets: ParameterSets): void {
  const format = valueOrRefusal(() => codedFormat(sets, 30));
  if (format === undefined) return;
  const text = describeSession({
    receiver: { address: "127.0.0.1", family: 4, port: 5004 },
    payloadType: 96,
    format,
    sessionName: "x",
    sessionId: 1,
    sessionVersion: 1,
  });
  for (const line of text.split("\r\n")) assert.match(line, /^$|^[a-z]=[^\r\n]*$/);
}

function readRtp(
  Depacketizer: typeof DepacketizerH264 | typeof DepacketizerH265,
): (bytes: Uint8Array<ArrayBuffer>) => void {
  return (bytes) => {
    const depacketizer = new Depacketizer(({ nalUnits }) => assert.ok(nalUnits.length > 0));
    // The input is a sequence of packets, each after its 16-bit length.
    for (let at = 0; at + 2 <= bytes.length;) {
      const length = (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0);
      valueOrRefusal(() =>
        depacketizer.push(parseRtpPacket(bytes.subarray(at + 2, at + 2 + length)))
      );
      at += 2 + length;
    }
  };
}

/** Packetizes some access units into small packets, each after its 16-bit length. */
function packetsOf(codec: Codec): Uint8Array[] {
  const identity = { payloadType: 96, ssrc: 7, sequenceNumber: 65_530, mtu: 256 };
  const packetizer = codec === "h264" ? new PacketizerH264(identity) : new PacketizerH265(identity);
  const [arena, units] = [new PacketArena(), new NalUnits()];
  return UNITS[codec].slice(0, 8).map((unit, i) => {
    units.scan(unit);
    packetizer.packetize(units, 3000 * i, arena);
    const parts: number[] = [];
    for (let packet = 0; packet < Math.min(arena.count, 6); packet++) {
      const [at = 0, length = 0] = [arena.offsets[packet], arena.lengths[packet]];
      parts.push(length >> 8, length & 255, ...arena.bytes.subarray(at, at + length));
    }
    return Uint8Array.from(parts);
  });
}

function rtcpSeeds(): Uint8Array[] {
  const report = { ssrc: 7, unixUs: 1.7e15, rtpTimestamp: 9, packets: 1, payloadBytes: 2 };
  return [
    writeSenderReport(report, "camera", "bye"),
    Uint8Array.of(
      0x81,
      201,
      0,
      7,
      0,
      0,
      0,
      1,
      0,
      0,
      0,
      7,
      64,
      0,
      0,
      9,
      0,
      1,
      0,
      9,
      0,
      0,
      0,
      7,
      1,
      2,
      3,
      4,
      0,
      1,
      0,
      0,
      0x81,
      206,
      0,
      2,
      0,
      0,
      0,
      1,
      0,
      0,
      0,
      7,
    ),
    Uint8Array.of(0x84, 206, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7, 9, 0, 0, 0),
    Uint8Array.of(0xa1, 203, 0, 3, 0, 0, 0, 1, 2, 0x6f, 0x6b, 0, 0, 0, 0, 4),
  ];
}

function metadataFixtures(): Uint8Array[] {
  const folder = new URL("../fixtures/cvmmap/", import.meta.url);
  const names = Array.from(Deno.readDirSync(folder), ({ name }) => name).toSorted()
    .filter((name) => name.endsWith("_metadata.hex"));
  return names.map((name) => {
    const digits = Deno.readTextFileSync(new URL(name, folder)).match(/[0-9a-f]{2}/gi) ?? [];
    return Uint8Array.from(digits, (digit) => parseInt(digit, 16));
  });
}

function messages(): Uint8Array[] {
  return [
    encodeSyncMessage({ frameCount: 7, timestampNs: 8n, label: "camera0" }),
    encodeStatusMessage({ status: "online", label: "camera0" }),
  ];
}
