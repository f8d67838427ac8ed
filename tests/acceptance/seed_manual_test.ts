import assert from "node:assert/strict";
import { startProduct } from "../_harness/product.ts";
import { freeTcpPort } from "../_harness/tcp_ports.ts";
import { TimeLimit } from "../_harness/time_limit.ts";
import { freeUdpPorts } from "../_harness/udp_ports.ts";
import { Workspace } from "../_harness/workspace.ts";

Deno.test("the original description's manual tests 1 to 3 work as written, names and ports aside", async () => {
  using limit = new TimeLimit(90);
  using workspace = new Workspace();
  const { shmName, zmqEndpoint } = workspace;
  const sdp = workspace.path("test.sdp");
  const [udpPort, tcpPort] = [freeUdpPorts(), freeTcpPort()];
  const start = (line: string): ReturnType<typeof startProduct> =>
    startProduct(line.trim().split(/\s+/), limit.signal);
  const source = `--shm-name ${shmName} --zmq-endpoint ${zmqEndpoint}`;

  // Test 1 is the producer for the other two.
  await using simulator = start(`--run-mode pipeline --codec h264 ${source} --input-mode dummy
    --dummy-label teststream --dummy-frames 300 --dummy-fps 30 --dummy-width 640 --dummy-height 360`);

  await using receiver = start(
    `rtp_receiver_tester --port ${udpPort} --expect-pt 96 --packet-threshold 1 --timeout-ms 10000`,
  );
  await receiver.log.waitFor(/Receiving RTP/);
  await using rtp = start(`--run-mode pipeline --codec h264 ${source} --rtp
    --rtp-endpoint 127.0.0.1:${udpPort} --rtp-payload-type 96 --rtp-sdp ${sdp}`);

  await using server = start(`rtmp_stub_tester --mode h264 --listen-host 127.0.0.1
    --listen-port ${tcpPort} --video-threshold 1 --timeout-ms 10000`);
  await server.log.waitFor(/Listening for RTMP/);
  await using rtmp = start(`--run-mode pipeline --codec h264 ${source} --rtmp
    --rtmp-url rtmp://127.0.0.1:${tcpPort}/live/test --rtmp-mode enhanced`);

  await Promise.all([receiver.succeeded(), server.succeeded()]);
  assert.match(Deno.readTextFileSync(sdp), new RegExp(`^m=video ${udpPort} RTP/AVP 96\r$`, "m"));
  for (const streamer of [rtp, rtmp]) assert.equal((await streamer.end("SIGINT")).code, 0);
  await simulator.succeeded();
  assert.match(simulator.log.lines.join("\n"), /^Summary: .* 640x360$/m);
  assert.match(simulator.log.lines.join("\n"), /of 300 announced/);
});

Deno.test("the producer's segment is opened and mapped read-only", async () => {
  using limit = new TimeLimit(60);
  using workspace = new Workspace();
  const { shmName, shmPath, zmqEndpoint } = workspace;
  const source = ["--shm-name", shmName, "--zmq-endpoint", zmqEndpoint];
  await using _simulator = startProduct(["simulate", ...source], limit.signal);
  await using streamer = startProduct(
    ["--codec", "h264", ...source, "--log-level", "debug"],
    limit.signal,
  );
  await streamer.log.waitFor(/Encoding \d+x\d+/);
  const maps = Deno.readTextFileSync(`/proc/${streamer.pid}/maps`).split("\n")
    .filter((line) => line.endsWith(shmPath));
  assert.ok(maps.length > 0);
  for (const line of maps) assert.match(line, / r--s /);
  const descriptors = [...Deno.readDirSync(`/proc/${streamer.pid}/fd`)].map(({ name }) => name)
    .filter((name) => linkOf(`/proc/${streamer.pid}/fd/${name}`) === shmPath);
  assert.ok(descriptors.length > 0);
  for (const name of descriptors) {
    const info = Deno.readTextFileSync(`/proc/${streamer.pid}/fdinfo/${name}`);
    const flags = parseInt(/^flags:\s*(\d+)$/m.exec(info)?.[1] ?? "", 8);
    // O_ACCMODE of fcntl.h: 0 is O_RDONLY.
    assert.equal(flags & 3, 0, info);
  }
});

function linkOf(path: string): string | undefined {
  try {
    return Deno.readLinkSync(path);
  } catch {
    // The descriptor was closed in the meantime.
    return undefined;
  }
}
