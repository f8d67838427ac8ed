import assert from "node:assert/strict";
import { TimeLimit } from "../_harness/time_limit.ts";
import { freeTcpPort } from "../_harness/tcp_ports.ts";
import { freeUdpPorts } from "../_harness/udp_ports.ts";
import { until } from "../_harness/until.ts";
import { rawPictures, startFfmpeg } from "../interop/_ffmpeg.ts";
import { FrameSequence } from "../interop/_frame_sequence.ts";
import { Machine } from "./_machine.ts";

const PICTURE = { width: 640, height: 360 };
const PICTURES = 30;

Deno.test("without Deno and with a read-only home, it streams RTP that FFmpeg decodes and RTMP that the stub accepts, and leaves no files", async () => {
  using limit = new TimeLimit(60);
  await using machine = await Machine.start(limit.signal);
  const [udpPort, tcpPort] = [freeUdpPorts(), freeTcpPort()];
  const sdp = machine.path("/tmp/camera.sdp");

  await using simulator = machine.start(["simulate", "--target", "camera", "--fps", "30"]);
  await using stub = machine.start([
    "rtmp-stub-tester",
    "--mode",
    "h264",
    "--listen-port",
    `${tcpPort}`,
    "--video-threshold",
    `${PICTURES}`,
    "--timeout-ms",
    "30000",
  ]);
  await stub.log.waitFor(/Listening for RTMP/);
  await using streamer = machine.start([
    "--codec",
    "h264",
    "--gop",
    "10",
    "--target",
    "camera",
    "--rtp",
    "--rtp-endpoint",
    `127.0.0.1:${udpPort}`,
    "--rtp-sdp",
    "/tmp/camera.sdp",
    "--rtmp",
    "--rtmp-url",
    `rtmp://127.0.0.1:${tcpPort}/live/test`,
  ]);
  await until(() => exists(sdp) || streamer.over, "the session description", limit.signal);

  await using ffmpeg = startFfmpeg(sdp, rawPictures(PICTURES, "gray"), limit.signal);
  const decoded = new Uint8Array(await new Response(ffmpeg.bytes).arrayBuffer());
  await ffmpeg.succeeded();
  const sequence = new FrameSequence(PICTURE);
  for (let at = 0; at < decoded.length; at += sequence.sizeBytes) {
    sequence.add(decoded.subarray(at, at + sequence.sizeBytes));
  }
  assert.equal(sequence.numbers.length, PICTURES);
  await stub.succeeded();

  assert.equal((await streamer.end("SIGTERM")).code, 0);
  assert.equal((await simulator.end("SIGTERM")).code, 0);
  assert.deepEqual(machine.leftovers(), ["/tmp/camera.sdp"]);
});

Deno.test("it leaves no files when it is killed at any moment", async (t) => {
  using limit = new TimeLimit(60);
  await using machine = await Machine.start(limit.signal);
  await using simulator = machine.start(["simulate", "--target", "camera"]);
  const segment = machine.path("/dev/shm/cvmmap_camera");
  await until(() => exists(segment) || simulator.over, "the simulator's segment", limit.signal);
  // At the start, after the shim is loaded, and while frames flow.
  for (const moment of [/INFO/, /Waiting for frames/, /Encoding 640x360/]) {
    await t.step(`${moment}`, async () => {
      await using streamer = machine.start(
        ["--codec", "h264", "--target", "camera", "--rtp", "--rtp-endpoint", "127.0.0.1:9"],
      );
      await streamer.log.waitFor(moment);
      await streamer[Symbol.asyncDispose]();
      assert.equal((await streamer.ended).signal, "SIGKILL");
      assert.deepEqual(machine.leftovers(), ["/dev/shm/cvmmap_camera", "/tmp/cvmmap_camera"]);
    });
  }
  assert.equal((await simulator.end("SIGTERM")).code, 0);
  assert.deepEqual(machine.leftovers(), []);
});

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
