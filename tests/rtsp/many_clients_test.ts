// deno-lint-ignore-file no-console -- the figures of a run by hand
/**
 * Twenty clients, five of which stop reading and five of which vanish: the others lose nothing, and everything is returned.
 *
 * @module
 */
import "../../ffi/_open_libraries.ts";
import assert from "node:assert/strict";
import type { RawClient } from "../../src/rtsp/_raw_client.ts";
import { ResidentMemory } from "../faults/_resident_memory.ts";
import { meetsLimit } from "../_suite/figure.ts";
import { TimeLimit } from "../_harness/time_limit.ts";
import { until } from "../_harness/until.ts";
import { PacketReader, play } from "./_rtsp_player.ts";
import { RtspCamera } from "./_rtsp_camera.ts";

const CLIENTS = { reading: 10, silent: 5, vanishing: 5 };
/** Longer than a client that reads nothing is kept: 10 s. */
const SECONDS = Number(Deno.env.get("RTSP_SECONDS") ?? "14");

Deno.test("20 RTSP clients, five silent and five that vanish: the rest lose nothing, and nothing is left", async () => {
  using limit = new TimeLimit(90 + SECONDS);
  const flags = ["--codec", "h264", "--bitrate", "8000", "--gop", "30"];
  await using camera = await RtspCamera.start(flags, limit.signal);
  const { pid } = camera.streamer;
  const openFiles = (): number => [...Deno.readDirSync(`/proc/${pid}/fd`)].length;
  using memory = new ResidentMemory(pid, () => performance.now());
  // What the first client needs is kept: code, and the sink for a while.
  const { client: warmUp } = await play(camera);
  warmUp[Symbol.dispose]();
  const left = (): number =>
    camera.streamer.log.lines.filter((line) => / has left/.test(line)).length;
  await until(() => left() === 1, "the end of the first session", limit.signal);
  const filesBefore = openFiles();
  // While the clients connect, the memory is that of before.
  const begunMs = performance.now() + 1000;
  const first: number[] = [];
  const clients: RawClient[] = [];
  const readers: PacketReader[] = [];
  for (let i = 0; i < CLIENTS.reading + CLIENTS.silent + CLIENTS.vanishing; i++) {
    const { client, firstMs } = await play(camera);
    first.push(firstMs);
    clients.push(client);
    if (i < CLIENTS.reading) readers.push(new PacketReader(client));
  }
  const reading = clients.slice(0, CLIENTS.reading);
  const [silent, vanishing] = [clients.slice(10, 15), clients.slice(15)];
  for (const client of vanishing) client[Symbol.dispose]();
  await new Promise((resolve) => setTimeout(resolve, SECONDS * 1000));
  const gone = camera.streamer.log.lines.filter((line) => /read nothing for 10 s/.test(line));
  for (const client of [...reading, ...silent]) client[Symbol.dispose]();
  await Promise.all(readers.map(({ done }) => done));
  for (const { packets, missing } of readers) {
    assert.ok(packets > 100 * SECONDS, `${packets} packets`);
    assert.equal(missing, 0);
  }
  assert.equal(gone.length, CLIENTS.silent, gone.join("\n"));
  await until(() => left() === 1 + clients.length, "the end of all sessions", limit.signal);
  await until(() => openFiles() <= filesBefore, "that all files are closed", limit.signal);
  const sorted = first.toSorted((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)]!;
  assert.ok(median <= 300, `first picture after ${median.toFixed(0)} ms`);
  assert.ok(meetsLimit(memory.growth(begunMs)), JSON.stringify(memory.growth(begunMs)));
  if (Deno.env.has("RTSP_SECONDS")) {
    console.log(`first picture: ${sorted.map((ms) => ms.toFixed(0)).join(" ")} ms`);
  }
});
