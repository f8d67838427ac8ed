// deno-lint-ignore-file no-console -- the figures of a run by hand
/**
 * GStreamer's rtspsrc loses 3 % of the RTP packets over UDP, with and without retransmission. By hand for longer:
 * RTSP_SECONDS=60.
 *
 * @module
 */
import assert from "node:assert/strict";
import { Child } from "../_harness/child.ts";
import { TimeLimit } from "../_harness/time_limit.ts";
import { readFrameCells } from "../../src/simulator/frame_cells.ts";
import { readRowStamps } from "../../src/simulator/row_stamp.ts";
import { splitPictures } from "../interop/_pictures.ts";
import { RtspCamera } from "./_rtsp_camera.ts";

const SECONDS = Number(Deno.env.get("RTSP_SECONDS") ?? "3");
const LOSS_PERCENT = 3;

/** What a client has seen of a stream. */
interface Seen {
  /** Whole pictures. */
  readonly whole: number;
  /** Pictures that were not shown between the first whole one and the last. */
  readonly missing: number;
  /** Pictures that were shown, but not whole. */
  readonly damaged: number;
  readonly lostPackets: number;
}

/** Plays the stream, and counts pictures. */
async function play(
  camera: RtspCamera,
  codec: string,
  retransmission: 0 | 1,
  signal: AbortSignal,
): Promise<Seen> {
  const script = new URL("lossy_rtspsrc.py", import.meta.url).pathname;
  await using player = new Child({
    name: "rtspsrc",
    command: "/usr/bin/python3",
    args: [script, camera.url, codec, `${LOSS_PERCENT}`, `${retransmission}`, `${SECONDS}`],
    stdout: "bytes",
    signal,
  });
  const numbers = new Set<number>();
  let damaged = 0;
  const { width, height } = RtspCamera.size;
  await splitPictures(player, width * height, (samples) => {
    const luma = { samples, strideBytes: width, width, height };
    const number = readFrameCells(luma);
    const { first, tornAtRow } = readRowStamps(luma);
    // A decoder shows damaged pictures too.
    if (number !== undefined && tornAtRow < 0 && first === (number & 0xffff)) numbers.add(number);
    else damaged++;
  }, [camera.streamer]);
  const [, lostPackets] = /lost (\d+) packets/.exec(player.log.lines.join("\n")) ?? [];
  const all = Math.max(...numbers) + 1 - Math.min(...numbers);
  return {
    whole: numbers.size,
    missing: Math.max(0, all - numbers.size - damaged),
    damaged,
    lostPackets: Number(lostPackets),
  };
}

for (const codec of ["h264", "h265"] as const) {
  Deno.test(`lost packets of ${codec} are sent again to a client that asks, and all its pictures are whole`, async () => {
    using limit = new TimeLimit(60 + 3 * SECONDS);
    await using camera = await RtspCamera.start(["--codec", codec], limit.signal);
    const without = await play(camera, codec, 0, limit.signal);
    const resent = await play(camera, codec, 1, limit.signal);
    const dropped = await camera.end();
    const text = JSON.stringify({ without, resent, dropped });
    assert.ok(without.lostPackets >= 5 && resent.lostPackets >= 5, text);
    assert.ok(without.whole < 0.9 * resent.whole, text);
    // A packet may be lost more than once.
    const lost = resent.missing + resent.damaged;
    assert.ok(resent.whole >= 25 * (SECONDS - 1) && lost <= resent.whole / 20 + dropped, text);
    if (Deno.env.has("RTSP_SECONDS")) console.log(text);
  });
}
