/**
 * Real clients play a stream over RTSP: every picture is whole, and their frame numbers are in order. By hand for longer:
 * RTSP_SECONDS=60.
 *
 * @module
 */
import assert from "node:assert/strict";
import { TimeLimit } from "../_harness/time_limit.ts";
import { FrameSequence } from "../interop/_frame_sequence.ts";
import { readPictures } from "../interop/_pictures.ts";
import { CLIENTS } from "./_clients.ts";
import { RtspCamera } from "./_rtsp_camera.ts";

const SECONDS = Number(Deno.env.get("RTSP_SECONDS") ?? "1");
/** Pictures that a client may skip at its start, while it looks for the first ones. */
const MAX_MISSING_AT_START = 5;

for (const codec of ["h264", "h265"] as const) {
  Deno.test(`clients play ${codec} over RTSP, joining while it runs`, async (test) => {
    using limit = new TimeLimit(120 + 12 * SECONDS);
    await using camera = await RtspCamera.start(["--codec", codec], limit.signal);
    const sequences: FrameSequence[] = [];
    for (const client of CLIENTS) {
      for (const transport of client.transports) {
        await test.step(`${client.name} over ${transport}`, async () => {
          const sequence = new FrameSequence(RtspCamera.size);
          const playback = { url: camera.url, codec, transport, pictures: 30 * SECONDS };
          await using player = client.start(playback, limit.signal);
          await readPictures(player, sequence, [camera.streamer]);
          assert.equal(sequence.numbers.length, playback.pictures);
          sequences.push(sequence);
          const log = camera.streamer.log.lines.findLast((line) => / plays /.test(line));
          assert.match(log ?? "", new RegExp(`over ${transport.toUpperCase()}`));
        });
      }
    }
    const dropped = await camera.end();
    for (const { missing } of sequences) {
      assert.ok(
        missing <= MAX_MISSING_AT_START + dropped,
        `${missing} are missing, not ${dropped}`,
      );
    }
  });
}
