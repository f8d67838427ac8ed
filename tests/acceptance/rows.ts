import { compatibilityMatrix, type CompatibilityRow } from "../../src/config/compatibility.ts";
import type { VideoFormat } from "../../src/rtmp/flv/video_packaging.ts";
import type { Case } from "../_suite/case.ts";
import { ROW_LIMIT_SECONDS } from "./_chain.ts";
import { runRtmpRow } from "./_rtmp_row.ts";
import { runRtpRow } from "./_rtp_row.ts";

/**
 * Returns the rows of the acceptance suite, one for each kind of stream in the compatibility
 * matrix. Combinations that result in the same stream (RTMP with H.264, with and without a mode)
 * are one row.
 */
export function acceptanceRows(
  matrix: readonly CompatibilityRow[] = compatibilityMatrix,
): readonly Case[] {
  const rows = new Map<string, Case>();
  for (const combination of matrix) {
    const { outcome } = combination;
    // `auto` runs as one of the others. tests/interop tests it with each kind of server.
    if (outcome.kind !== "ok" || outcome.runsAs === "auto") continue;
    const row = combination.protocol === "rtp" ? rtpRow(combination) : rtmpRow(combination);
    // Of combinations with the same stream the last one remains, which has an explicit mode.
    rows.set(row.name, row);
  }
  return [...rows.values()];
}

function rtpRow({ codec, outcome }: CompatibilityRow): Case {
  return {
    name: `rtp-${codec}`,
    description: `RTP with ${title(codec)}${note(outcome)}`,
    limitSeconds: ROW_LIMIT_SECONDS,
    run: (context) => runRtpRow(context, codec),
  };
}

function rtmpRow({ codec, rtmpMode, outcome }: CompatibilityRow): Case {
  const runsAs = outcome.kind === "ok" ? outcome.runsAs : undefined;
  const domestic = runsAs === "domestic";
  const format: VideoFormat = codec === "h264"
    ? "h264"
    : `h265-${domestic ? "domestic" : "enhanced"}`;
  const flags = ["--codec", codec, ...(rtmpMode === undefined ? [] : ["--rtmp-mode", rtmpMode])];
  return {
    name: `rtmp-${format}`,
    description: `RTMP with ${title(codec)}${note(outcome)}`,
    limitSeconds: ROW_LIMIT_SECONDS,
    run: (context) => runRtmpRow(context, { format, flags }),
  };
}

function title(codec: CompatibilityRow["codec"]): string {
  return codec === "h264" ? "H.264" : "H.265";
}

function note(outcome: CompatibilityRow["outcome"]): string {
  return outcome.kind === "ok" ? ` (${outcome.note})` : "";
}
