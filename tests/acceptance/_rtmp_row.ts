import type { VideoFormat } from "../../src/rtmp/flv/video_packaging.ts";
import type { RtmpStubResult } from "../../src/testers/rtmp_stub.ts";
import type { CaseContext } from "../_suite/case_context.ts";
import type { Figure } from "../_suite/figure.ts";
import { HEIGHT, runChain, streamerFigures, WIDTH } from "./_chain.ts";

/** What makes the tester content: two seconds. */
const FRAMES = 60;

/** How a row publishes. */
export interface RtmpRow {
  /** What the tester expects. */
  readonly format: VideoFormat;
  /** The streamer's flags that should make it so. */
  readonly flags: readonly string[];
}

/**
 * RTMP to the stub tester.
 *
 * @throws {Error} If a process ends badly, or the sequence header is not that of the picture.
 */
export async function runRtmpRow(
  context: CaseContext,
  { format, flags }: RtmpRow,
): Promise<readonly Figure[]> {
  const port = context.tcpPort();
  const { report, statistics } = await runChain<RtmpStubResult>(context, {
    tester: [
      "rtmp-stub-tester",
      "--mode",
      format,
      "--listen-port",
      `${port}`,
      "--video-threshold",
      `${FRAMES}`,
    ],
    ready: /Listening for RTMP at/,
    streamer: [...flags, "--rtmp", "--rtmp-url", `rtmp://127.0.0.1:${port}/live/acceptance`],
  });
  const { sequenceHeader } = report;
  if (sequenceHeader?.format !== format) {
    throw new Error(`The sequence header is ${sequenceHeader?.format}; ${format} is expected`);
  }
  return [...receivedFigures(report), ...streamerFigures(statistics)];
}

function receivedFigures(report: RtmpStubResult): Figure[] {
  const { sequenceHeader, metadata = {} } = report;
  const exactly = (name: string, value: number, expected: number, unit = ""): Figure => ({
    name,
    value,
    unit,
    limit: { exactly: expected },
  });
  return [
    { name: "frames", value: report.videoFrames, unit: "", limit: { atLeast: FRAMES } },
    { name: "key frames", value: report.keyFrames, unit: "", limit: { atLeast: 2 } },
    exactly("connections", report.connections, 1),
    exactly("publications", report.publications.length, 1),
    exactly("metadata messages", report.metadataMessages, 1),
    exactly("sequence headers", report.sequenceHeaders, 1),
    exactly("width", sequenceHeader?.width ?? NaN, WIDTH, "pixels"),
    exactly("height", sequenceHeader?.height ?? NaN, HEIGHT, "pixels"),
    exactly("width in the metadata", Number(metadata["width"]), WIDTH, "pixels"),
    exactly("height in the metadata", Number(metadata["height"]), HEIGHT, "pixels"),
    exactly("audio messages", report.audioMessages, 0),
    exactly("composition time", report.largestCompositionTimeMs, 0, "ms"),
  ];
}
