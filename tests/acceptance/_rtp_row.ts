import type { Codec } from "../../src/bitstream/codec.ts";
import type { RtpTesterResult } from "../../src/testers/rtp_receiver.ts";
import type { CaseContext } from "../_suite/case_context.ts";
import type { Figure } from "../_suite/figure.ts";
import { runChain, streamerFigures } from "./_chain.ts";

/**
 * Bit rate in kbit/s, below the default. A default receive buffer then holds more than a second of
 * the stream, so that a delayed receiver on a busy machine loses nothing. Key frames are still
 * fragmented.
 */
const BITRATE = 1000;
/** Packets that the tester needs to pass: about two seconds at that rate. */
const PACKETS = 240;
/** Smallest number of access units in a working stream, whatever their sizes. */
const ACCESS_UNITS = 20;

/** Properties of a codec. */
interface RtpCodec {
  /** The default for only one codec, to detect a streamer that ignores the flag. */
  readonly payloadType: number;
  /** Name in the session description's `rtpmap`. */
  readonly encodingName: string;
  /** Parameter sets in the session description's `fmtp`. */
  readonly sprop: readonly RegExp[];
  /** NAL unit types that a decoder needs. */
  readonly parameterSets: Readonly<Record<string, number>>;
}

const CODECS: Readonly<Record<Codec, RtpCodec>> = {
  h264: {
    payloadType: 96,
    encodingName: "H264",
    sprop: [/sprop-parameter-sets=[\w+/=]+,[\w+/=]+/],
    parameterSets: { SPS: 7, PPS: 8 },
  },
  h265: {
    payloadType: 103,
    encodingName: "H265",
    sprop: [/sprop-vps=[\w+/=]+/, /sprop-sps=[\w+/=]+/, /sprop-pps=[\w+/=]+/],
    parameterSets: { VPS: 32, SPS: 33, PPS: 34 },
  },
};

/**
 * Streams over RTP to the receiver tester.
 *
 * @throws {Error} If a process fails, or the session description does not match the stream.
 */
export async function runRtpRow(context: CaseContext, codec: Codec): Promise<readonly Figure[]> {
  const { payloadType } = CODECS[codec];
  const port = await context.udpPort();
  const sdp = context.path("stream.sdp");
  const before = udpOverflows();
  const { report, statistics } = await runChain<RtpTesterResult>(context, {
    tester: [
      "rtp-receiver-tester",
      "--identity",
      "--host",
      "127.0.0.1",
      "--port",
      `${port}`,
      "--codec",
      codec,
      "--expect-pt",
      `${payloadType}`,
      "--packet-threshold",
      `${PACKETS}`,
    ],
    ready: /Receiving RTP at/,
    streamer: [
      "--codec",
      codec,
      "--bitrate",
      `${BITRATE}`,
      "--rtp",
      "--rtp-endpoint",
      `127.0.0.1:${port}`,
      "--rtp-payload-type",
      `${payloadType}`,
      "--rtp-sdp",
      sdp,
    ],
  });
  checkDescription(await Deno.readTextFile(sdp), codec, port);
  const overflows = udpOverflows() - before;
  return [
    ...receivedFigures(report, codec),
    // No limit: this only shows whether lost packets are the fault of this machine.
    {
      name: "datagrams dropped by full receive buffers of this machine",
      value: overflows,
      unit: "",
    },
    ...streamerFigures(statistics),
  ];
}

function receivedFigures(report: RtpTesterResult, codec: Codec): Figure[] {
  const { packets, lost, reordered, duplicates, sourceChanges, timestampsBackwards } = report;
  const { accessUnits, completeAccessUnits, keyFrames, nalUnitTypes } = report;
  const count = (name: string, value: number, unit = ""): Figure => ({
    name,
    value,
    unit,
    limit: { exactly: 0 },
  });
  return [
    { name: "packets", value: packets, unit: "", limit: { atLeast: PACKETS } },
    count("packets lost", lost),
    count("packets reordered", reordered),
    count("duplicate packets", duplicates),
    count("source changes", sourceChanges),
    count("timestamps that went backwards", timestampsBackwards),
    { name: "access units", value: accessUnits, unit: "", limit: { atLeast: ACCESS_UNITS } },
    count("incomplete access units", accessUnits - completeAccessUnits),
    { name: "key frames", value: keyFrames, unit: "", limit: { atLeast: 2 } },
    // A receiver may join at any key frame, so each has its parameter sets.
    ...Object.entries(CODECS[codec].parameterSets).map(([name, type]): Figure => ({
      name,
      value: nalUnitTypes[type] ?? 0,
      unit: "",
      limit: { atLeast: Math.max(keyFrames, 1) },
    })),
  ];
}

function checkDescription(sdp: string, codec: Codec, port: number): void {
  const { payloadType, encodingName, sprop } = CODECS[codec];
  const expected = [
    new RegExp(`^m=video ${port} RTP/AVP ${payloadType}\\r?$`, "m"),
    new RegExp(`^a=rtpmap:${payloadType} ${encodingName}/90000\\r?$`, "m"),
    new RegExp(`^a=fmtp:${payloadType} `, "m"),
    ...sprop,
  ];
  for (const pattern of expected) {
    if (!pattern.test(sdp)) {
      throw new Error(`The session description has no match for ${pattern.source}`);
    }
  }
}

/**
 * Returns the number of datagrams that any UDP socket of this machine has dropped since boot
 * because its receive buffer was full (`RcvbufErrors` of `/proc/net/snmp`), or NaN if that is not
 * available.
 */
function udpOverflows(): number {
  const lines = Deno.readTextFileSync("/proc/net/snmp").split("\n");
  const [names, values] = lines.filter((line) => line.startsWith("Udp: "));
  const column = names?.split(" ").indexOf("RcvbufErrors") ?? -1;
  return Number(values?.split(" ")[column] ?? NaN);
}
