import "../../ffi/_open_libraries.ts";
import assert from "node:assert/strict";
import type { PictureGeometry } from "../../src/simulator/picture_geometry.ts";
import { TimeLimit } from "../_harness/time_limit.ts";
import { Workspace } from "../_harness/workspace.ts";
import { codedSequences, decoded } from "./_decoded.ts";
import { annexB, RtpListener } from "./_rtp_listener.ts";
import { PacedProducer, startStreamer } from "./_streamer.ts";

const GEOMETRY = { width: 320, height: 240, pixelFormat: "bgr" } as const;

Deno.test("The streamer logs that its producer is absent, and streams when it appears", async () => {
  using limit = new TimeLimit(60);
  using workspace = new Workspace();
  await using listener = await RtpListener.open();
  await using streamer = startStreamer(workspace, listener, limit.signal);
  const message = await streamer.log.waitFor(/No frames/);
  assert.ok(message.includes(`there is no shared memory "${workspace.shmName}"`), message);
  using paced = await PacedProducer.open(workspace, GEOMETRY);
  paced.run();
  await Promise.race([listener.waitUntilResumed(), streamer.ended]);
  const { code } = await streamer.end("SIGTERM");
  assert.equal(code, 0, streamer.log.lines.join("\n"));
});

/** Geometries that a producer changes to, one after another. */
const CHANGES: readonly PictureGeometry[] = [
  GEOMETRY,
  { width: 640, height: 360, pixelFormat: "rgb" },
  { width: 640, height: 360, pixelFormat: "yuyv" },
  { width: 1280, height: 720, pixelFormat: "gray" },
  { width: 128, height: 96, pixelFormat: "rgba" },
  { width: 322, height: 242, pixelFormat: "yuv" },
  { width: 320, height: 240, pixelFormat: "bgra" },
];

Deno.test("The stream continues in each size and pixel format that its producer changes to", async () => {
  using limit = new TimeLimit(90);
  using workspace = new Workspace();
  await using listener = await RtpListener.open();
  using paced = await PacedProducer.open(workspace, GEOMETRY);
  await using streamer = startStreamer(workspace, listener, limit.signal);
  paced.run();
  for (const geometry of CHANGES) {
    paced.producer.reconfigure(geometry);
    await Promise.race([listener.waitUntilResumed(), streamer.ended]);
    assert.ok(!streamer.over, streamer.log.lines.join("\n"));
  }
  const { code } = await streamer.end("SIGTERM");
  assert.equal(code, 0);
  assert.equal(listener.backwards, 0);
  const sizes: string[] = [];
  for (const sequence of codedSequences(listener.units)) {
    const { width, height, frameCounts } = await decoded(annexB(sequence));
    assert.ok(frameCounts.every((count) => count !== undefined), `${width}x${height}`);
    if (sizes.at(-1) !== `${width}x${height}`) sizes.push(`${width}x${height}`);
  }
  const expected = CHANGES.map(({ width, height }) => `${width}x${height}`);
  assert.deepEqual(sizes, expected.filter((size, index) => size !== expected[index - 1]));
});

Deno.test("SIGTERM ends a stream gracefully: all frames read are encoded and sent", async () => {
  using limit = new TimeLimit(60);
  using workspace = new Workspace();
  await using listener = await RtpListener.open();
  using paced = await PacedProducer.open(workspace, GEOMETRY);
  await using streamer = startStreamer(workspace, listener, limit.signal);
  paced.run();
  await Promise.race([listener.waitForUnits(20), streamer.ended]);
  const { code } = await streamer.end("SIGTERM");
  assert.equal(code, 0, streamer.log.lines.join("\n"));
  const number = async (pattern: RegExp): Promise<number> =>
    Number(pattern.exec(await streamer.log.waitFor(pattern))?.[1]);
  const ingested = await number(/frames +(\d+) in of/);
  const dropped = await number(/torn, (\d+) dropped/);
  const encoded = await number(/encoded +(\d+) access units/);
  const sent = await number(/sent +(\d+) access units/);
  assert.equal(sent, encoded);
  assert.ok(encoded <= ingested && encoded >= ingested - dropped, `${encoded} of ${ingested}`);
  await listener.waitForUnits(sent);
  assert.equal(listener.lost, 0);
});
