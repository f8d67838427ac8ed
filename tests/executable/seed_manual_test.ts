import assert from "node:assert/strict";
import type { Child } from "../_harness/child.ts";
import { TimeLimit } from "../_harness/time_limit.ts";
import { Machine } from "./_machine.ts";

/** Commands of the original description, verbatim. */
const SIMULATOR = `./build/cvmmap_streamer \\
  --run-mode pipeline \\
  --codec h264 \\
  --shm-name test_stream \\
  --zmq-endpoint "ipc:///tmp/test_sync.ipc" \\
  --input-mode dummy \\
  --dummy-label teststream \\
  --dummy-frames 300 \\
  --dummy-fps 30 \\
  --dummy-width 640 \\
  --dummy-height 360`;
const RTP_RECEIVER = `./build/rtp_receiver_tester \\
  --port 5004 \\
  --expect-pt 96 \\
  --packet-threshold 1 \\
  --timeout-ms 10000`;
const RTP_STREAMER = `./build/cvmmap_streamer \\
  --run-mode pipeline \\
  --codec h264 \\
  --shm-name test_stream \\
  --zmq-endpoint "ipc:///tmp/test_sync.ipc" \\
  --rtp \\
  --rtp-endpoint "127.0.0.1:5004" \\
  --rtp-payload-type 96 \\
  --rtp-sdp /tmp/test.sdp`;
const RTMP_STUB = `./build/rtmp_stub_tester \\
  --mode h264 \\
  --listen-host 127.0.0.1 \\
  --listen-port 1935 \\
  --video-threshold 1 \\
  --timeout-ms 10000`;
const RTMP_STREAMER = `./build/cvmmap_streamer \\
  --run-mode pipeline \\
  --codec h264 \\
  --shm-name test_stream \\
  --zmq-endpoint "ipc:///tmp/test_sync.ipc" \\
  --rtmp \\
  --rtmp-url "rtmp://127.0.0.1:1935/live/test" \\
  --rtmp-mode enhanced`;

Deno.test("the original description's manual tests 1 to 3 work with the name of the executable", async () => {
  using limit = new TimeLimit(90);
  await using machine = await Machine.start(limit.signal);
  const start = (line: string): Child =>
    machine.shell(
      line.replace("./build/cvmmap_streamer", "./cvmmap-streamer")
        .replace("./build/", "./cvmmap-streamer "),
    );

  await using simulator = start(SIMULATOR);
  await using receiver = start(RTP_RECEIVER);
  await receiver.log.waitFor(/Receiving RTP/);
  await using rtp = start(RTP_STREAMER);
  await using server = start(RTMP_STUB);
  await server.log.waitFor(/Listening for RTMP/);
  await using rtmp = start(RTMP_STREAMER);

  await Promise.all([receiver.succeeded(), server.succeeded()]);
  for (const streamer of [rtp, rtmp]) assert.equal((await streamer.end("SIGINT")).code, 0);
  await simulator.succeeded();
  assert.match(simulator.log.lines.join("\n"), /of 300 announced/);
  assert.deepEqual(machine.leftovers(), ["/tmp/test.sdp"]);
});
