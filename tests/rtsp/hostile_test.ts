// deno-lint-ignore-file no-console -- the figures of a run by hand
/**
 * Mutated requests: the server survives them, other clients lose nothing, and its memory does not grow. By hand for more:
 * RTSP_REQUESTS=100000.
 *
 * @module
 */
import "../../ffi/_open_libraries.ts";
import assert from "node:assert/strict";
import { RawClient } from "../../src/rtsp/_raw_client.ts";
import { meetsLimit } from "../_suite/figure.ts";
import { TimeLimit } from "../_harness/time_limit.ts";
import { until } from "../_harness/until.ts";
import { ResidentMemory } from "../faults/_resident_memory.ts";
import { mutatedBytes } from "../fuzz/_mutations.ts";
import { Random } from "../fuzz/_random.ts";
import { PacketReader, play } from "./_rtsp_player.ts";
import { RtspCamera } from "./_rtsp_camera.ts";

const REQUESTS = Number(Deno.env.get("RTSP_REQUESTS") ?? "20000");
const CONNECTIONS = 8;
/** Requests of one connection, unless the server closes it before. */
const EACH = 25;

/** Valid requests, which are mutated. */
function seeds(url: string): Uint8Array[] {
  const texts = [
    `OPTIONS ${url} RTSP/1.0\r\nCSeq: 1\r\nUser-Agent: x\r\n\r\n`,
    `DESCRIBE ${url} RTSP/1.0\r\nCSeq: 2\r\nAccept: application/sdp\r\n\r\n`,
    `SETUP ${url}stream=0 RTSP/1.0\r\nCSeq: 3\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n\r\n`,
    `SETUP ${url}stream=0 RTSP/1.0\r\nCSeq: 3\r\nTransport: RTP/AVP;unicast;client_port=40000-40001\r\n\r\n`,
    `PLAY ${url} RTSP/1.0\r\nCSeq: 4\r\nSession: 0123456789abcdef\r\nRange: npt=0.000-\r\n\r\n`,
    `GET_PARAMETER ${url} RTSP/1.0\r\nCSeq: 5\r\nContent-Length: 8\r\n\r\nposition`,
    `TEARDOWN ${url} RTSP/1.0\r\nCSeq: 6\r\nSession: 0123456789abcdef\r\n\r\n`,
    `DESCRIBE ${url} RTSP/1.0\r\nCSeq: 7\r\nAuthorization: Digest username="a", realm="b", nonce="c", uri="d", response="e"\r\n\r\n`,
    "$\x01\x00\x08\x80\xc9\x00\x01\x00\x00\x00\x01",
  ];
  return texts.map((text) => Uint8Array.from(text, (character) => character.charCodeAt(0)));
}

/** Sends mutated requests, and discards what is answered. Returns how many were sent. */
async function attack(camera: RtspCamera, random: Random, count: number): Promise<number> {
  const valid = seeds(camera.url);
  const seed = (): Uint8Array => valid[random.below(valid.length)]!;
  let sent = 0;
  while (sent < count) {
    using client = await RawClient.connect(camera.port);
    const drained = drain(client);
    try {
      for (let i = 0; i < EACH && sent < count; i++, sent++) {
        // Some are valid: what follows them is looked at more closely.
        await client.send(random.below(4) === 0 ? seed() : mutatedBytes(random, seed(), seed()));
      }
      // Everything is read and answered before the connection ends.
      await client.closeWrite();
    } catch {
      // The server has closed the connection.
      sent++;
    }
    await drained;
  }
  return sent;
}

async function drain(client: RawClient): Promise<void> {
  try {
    while (await client.next() !== undefined);
  } catch {
    // An answer to a mutated request is not checked.
  }
}

Deno.test(`${REQUESTS} mutated RTSP requests: no crash, no growth, and another client loses nothing`, async () => {
  using limit = new TimeLimit(120 + REQUESTS / 100);
  await using camera = await RtspCamera.start(["--codec", "h264"], limit.signal);
  const { client: watching } = await play(camera);
  const reader = new PacketReader(watching);
  using memory = new ResidentMemory(camera.streamer.pid, () => performance.now());
  const share = (part: number): Promise<number[]> =>
    Promise.all(
      Array.from({ length: CONNECTIONS }, (_, i) =>
        attack(camera, new Random(part, i), REQUESTS / 2 / CONNECTIONS)),
    );
  await share(1);
  const halfMs = performance.now();
  await share(2);
  watching[Symbol.dispose]();
  await reader.done;
  assert.ok(reader.packets > 20);
  assert.equal(reader.missing, 0);
  assert.equal(camera.streamer.over, false);
  const lines = camera.streamer.log.lines.filter((line) => /Unexpected|ERROR/.test(line));
  assert.deepEqual(lines, []);
  const growth = memory.growth(halfMs);
  assert.ok(meetsLimit(growth), JSON.stringify(growth));
  if (Deno.env.has("RTSP_REQUESTS")) console.log(JSON.stringify(growth), reader.packets);
  // A client can still play.
  const { client } = await play(camera);
  client[Symbol.dispose]();
  await until(
    () => / has left/.test(camera.streamer.log.lines.at(-1) ?? ""),
    "the end of the last session",
    limit.signal,
  );
});
