import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { Child } from "../_harness/child.ts";
import { freeTcpPort } from "../_harness/tcp_ports.ts";
import { TimeLimit } from "../_harness/time_limit.ts";

const EXECUTABLE = fileURLToPath(new URL("../../dist/cvmmap-streamer", import.meta.url));

/** Starts the executable with a simulated camera `front`. */
function startExecutable(flags: string, signal: AbortSignal): Child {
  const camera =
    "--codec h264 --input-mode dummy --dummy-label front --dummy-frames 0 --dummy-width 320 --dummy-height 240";
  const args = `${camera} ${flags}`.split(" ");
  return new Child({ name: "cvmmap-streamer", command: EXECUTABLE, args, signal });
}

Deno.test("the executable serves the page, live pictures and snapshots", async () => {
  using limit = new TimeLimit(60);
  const port = freeTcpPort();
  await using child = startExecutable(`--http 127.0.0.1:${port}`, limit.signal);
  await child.log.waitFor(/encode: Encoding 320x240/);
  const url = `http://127.0.0.1:${port}`;
  const page = await fetch(url);
  assert.match(await page.text(), /<title>cvmmap-streamer<\/title>/);
  const snapshot = await fetch(`${url}/api/v1/streams/front/snapshot.jpg`);
  assert.equal(snapshot.headers.get("content-type"), "image/jpeg");
  await snapshot.body?.cancel();
  const socket = new WebSocket(`${url.replace("http", "ws")}/api/v1/streams/front/live`);
  const first = await new Promise((resolve) => socket.onmessage = ({ data }) => resolve(data));
  assert.match(String(first), /"type":"format"/);
  const closed = new Promise((resolve) => socket.onclose = resolve);
  socket.close();
  await closed;
  assert.equal((await child.end("SIGTERM")).code, 0);
});

Deno.test("the executable serves RTSP", async () => {
  using limit = new TimeLimit(60);
  const port = freeTcpPort();
  await using child = startExecutable(`--rtsp 127.0.0.1:${port}`, limit.signal);
  await child.log.waitFor(/encode: Encoding/);
  for (const transport of ["tcp", "udp"]) {
    await using player = new Child({
      name: "ffmpeg",
      command: "ffmpeg",
      args:
        `-v error -nostdin -rtsp_transport ${transport} -i rtsp://127.0.0.1:${port}/front -frames:v 20 -f null -`
          .split(" "),
      signal: limit.signal,
    });
    await player.succeeded();
    assert.deepEqual(player.log.lines, []);
  }
  assert.equal((await child.end("SIGTERM")).code, 0);
});
