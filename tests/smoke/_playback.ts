import { Child } from "../_harness/child.ts";
import type { SmokeRow } from "./_arguments.ts";

/** Pictures that have to be decoded. */
const PICTURES = 30;

/** What a player made of a stream. */
export type Playback =
  | { readonly kind: "played"; readonly words: string }
  | { readonly kind: "not checked" | "failed"; readonly words: string };

/** Which ffprobe is on PATH, for example `5.1.9`; undefined without one. */
export async function ffprobeVersion(): Promise<string | undefined> {
  try {
    const { stdout } = await new Deno.Command("ffprobe", { args: ["-version"] }).output();
    return /^ffprobe version \D?([\d.]+)/.exec(new TextDecoder().decode(stdout))?.[1] ?? "unknown";
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Plays a second of a stream: the codec has to be the row's, and pictures have to be decoded. */
export async function playBack(
  row: SmokeRow,
  url: string,
  version: string | undefined,
  signal: AbortSignal,
): Promise<Playback> {
  if (version === undefined) return { kind: "not checked", words: "there is no ffprobe" };
  const excuse = cannotRead(row, url, version);
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
  const wanted = row.codec === "h264" ? "h264" : "hevc";
  if (code === 0 && stream?.codec_name === wanted && frames > 0) {
    const words = `played ${wanted} ${stream.width}x${stream.height}, ${frames} pictures`;
    return { kind: "played", words };
  }
  if (excuse !== undefined) return { kind: "not checked", words: excuse };
  const found = stream === undefined
    ? player.log.lines.at(-1) ?? "no video"
    : `${stream.codec_name ?? "an unknown codec"}, ${frames || 0} pictures`;
  return { kind: "failed", words: `ffprobe ${version} expected ${wanted} and found: ${found}` };
}

/** Each protocol of FFmpeg's has another name for it; over RTSP, no picture is to be lost by the way. */
function timeoutOf(url: string): readonly string[] {
  return url.startsWith("rtsp")
    ? ["-rtsp_transport", "tcp", "-timeout", "10000000"]
    : ["-rw_timeout", "10000000"];
}

/** Why a failure says nothing of the server: not every FFmpeg reads H.265 in FLV and RTMP. */
function cannotRead(row: SmokeRow, url: string, version: string): string | undefined {
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
