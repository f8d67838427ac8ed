import type { Codec } from "../../src/bitstream/codec.ts";
import type { RtpTesterResult } from "../../src/testers/rtp_receiver.ts";
import type { CaseContext } from "../_suite/case_context.ts";
import type { Figure } from "../_suite/figure.ts";
import { runChain, streamerFigures } from "./_chain.ts";
import { udpOverflows } from "./_udp_overflows.ts";

/**
 * In kbit/s, below the default: what a socket may keep by default then holds more than a second of
 * the stream, so that a receiver which a busy machine lets wait loses nothing. Key frames are cut into
 * fragments all the same.
 */
const BITRATE = 1000;
/** What makes the tester content: some two seconds at that rate. */
const PACKETS = 240;
/** Fewer pictures would be no stream, whatever the encoder makes of a picture. */
const ACCESS_UNITS = 20;

/** What differs from codec to codec. */
interface RtpCodec {
  /** Not the default for both, so that a streamer which ignores the flag is found out. */
  readonly payloadType: number;
  /** Name in the session description's `rtpmap`. */
  readonly encodingName: string;
  /** Parameter sets in the session description's `fmtp`. */
  readonly sprop: readonly RegExp[];
  /** Types of the NAL units without which nobody can decode. */
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
 * RTP to the receiver tester.
 *
 * @throws {Error} If a process ends badly, or the session description is not that of the stream.
 */
export async function runRtpRow(context: CaseContext, codec: Codec): Promise<readonly Figure[]> {
  const { payloadType } = CODECS[codec];
  const port = await context.udpPort();
  const sdp = context.path("stream.sdp");
  const before = udpOverflows();
  const { report, statistics } = await runChain<RtpTesterResult>(context, {
    tester: [
      "rtp-receiver-tester",
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
    // Not judged: it says whose fault lost packets were.
    {
      name: "datagrams that found a receive buffer of this machine full",
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
    count("packets twice", duplicates),
    count("source changes", sourceChanges),
    count("timestamps backwards", timestampsBackwards),
    { name: "access units", value: accessUnits, unit: "", limit: { atLeast: ACCESS_UNITS } },
    count("access units incomplete", accessUnits - completeAccessUnits),
    { name: "key frames", value: keyFrames, unit: "", limit: { atLeast: 2 } },
    // A receiver that comes late begins at any key frame: each brings its parameter sets.
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
    if (!pattern.test(sdp)) throw new Error(`The session description has no ${pattern.source}`);
  }
}
