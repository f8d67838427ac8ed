import type { VideoFormat } from "../../src/rtmp/flv/video_packaging.ts";
import type { RtmpStubResult } from "../../src/testers/rtmp_stub.ts";
import type { CaseContext } from "../_suite/case_context.ts";
import type { Figure } from "../_suite/figure.ts";
import { HEIGHT, runChain, streamerFigures, WIDTH } from "./_chain.ts";

/** Frames that the tester needs to pass: two seconds. */
const FRAMES = 60;

/** Settings of an RTMP row. */
export interface RtmpRow {
  /** Format that the tester expects. */
  readonly format: VideoFormat;
  /** Streamer flags that select it. */
  readonly flags: readonly string[];
}

/**
 * Streams over RTMP to the stub tester.
 *
 * @throws {Error} If a process fails, or the sequence header has another format.
 */
export async function runRtmpRow(
  context: CaseContext,
  { format, flags }: RtmpRow,
): Promise<readonly Figure[]> {
  const port = context.tcpPort();
  const { report, statistics } = await runChain<RtmpStubResult>(context, {
    tester: [
      "rtmp-stub-tester",
      "--identity",
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
    throw new Error(`expected a sequence header of ${format}, got ${sequenceHeader?.format}`);
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
