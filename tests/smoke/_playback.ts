import { Child } from "../_harness/child.ts";
import type { SmokeRow } from "./_arguments.ts";

/** Number of pictures to decode. */
const PICTURES = 30;

/** Result of playing a stream. */
export interface Playback {
  readonly kind: "played" | "not checked" | "failed";
  /** Description of the result. */
  readonly details: string;
}

/** Returns the version of the ffprobe on PATH, for example `5.1.9`, or undefined without one. */
export async function ffprobeVersion(): Promise<string | undefined> {
  try {
    const { stdout } = await new Deno.Command("ffprobe", { args: ["-version"] }).output();
    return /^ffprobe version \D?([\d.]+)/.exec(new TextDecoder().decode(stdout))?.[1] ?? "unknown";
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Plays a second of a stream. It must have the row's codec, and pictures must be decoded. */
export async function playBack(
  row: SmokeRow,
  url: string,
  version: string | undefined,
  signal: AbortSignal,
): Promise<Playback> {
  if (version === undefined) return { kind: "not checked", details: "ffprobe is not installed" };
  const unsupported = unsupportedReason(row, url, version);
  await using player = new Child({
    name: "ffprobe",
    command: "ffprobe",
    args: [
      "-v",
      "error",
      ...timeoutOf(url),
      "-analyzeduration",
      "1000000",
      "-select_streams",
      "v",
      "-read_intervals",
      `%+#${PICTURES}`,
      "-count_frames",
      "-show_entries",
      "stream=codec_name,width,height,nb_read_frames",
      "-of",
      "json",
      url,
    ],
    signal,
  });
  const { code } = await player.ended;
  const stream = firstStream(player.output.lines.join("\n"));
  const frames = Number(stream?.nb_read_frames);
  const expected = row.codec === "h264" ? "h264" : "hevc";
  if (code === 0 && stream?.codec_name === expected && frames > 0) {
    const details = `played ${expected} ${stream.width}x${stream.height}, ${frames} pictures`;
    return { kind: "played", details };
  }
  if (unsupported !== undefined) return { kind: "not checked", details: unsupported };
  const found = stream === undefined
    ? player.log.lines.at(-1) ?? "no video"
    : `${stream.codec_name ?? "an unknown codec"}, ${frames || 0} pictures`;
  return { kind: "failed", details: `ffprobe ${version} expected ${expected} and found: ${found}` };
}

/** FFmpeg's option for the timeout differs between protocols. RTSP uses TCP, so that no picture is lost. */
function timeoutOf(url: string): readonly string[] {
  return url.startsWith("rtsp")
    ? ["-rtsp_transport", "tcp", "-timeout", "10000000"]
    : ["-rw_timeout", "10000000"];
}

/** Returns why this ffprobe cannot play the stream, if so: not every version reads H.265 in FLV and RTMP. */
function unsupportedReason(row: SmokeRow, url: string, version: string): string | undefined {
  const flv = url.startsWith("rtmp") || /\.flv(\?|$)/.test(url);
  if (!flv || row.codec === "h264") return undefined;
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (row.mode === "domestic") {
    return `ffprobe ${version} does not read codec id 12; --play the stream as MPEG-TS or HLS`;
  }
  if (major > 6 || (major === 6 && minor >= 1)) return undefined;
  return `ffprobe ${version} does not read H.265 in FLV, 6.1 does; --play it as MPEG-TS or HLS`;
}

interface ProbedStream {
  readonly codec_name?: string;
  readonly width?: number;
  readonly height?: number;
  readonly nb_read_frames?: string;
}

function firstStream(json: string): ProbedStream | undefined {
  try {
    const { streams } = JSON.parse(json);
    return Array.isArray(streams) ? streams[0] : undefined;
  } catch {
    return undefined;
  }
}
