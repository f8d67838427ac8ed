import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import type { Child } from "../_harness/child.ts";
import { startProduct } from "../_harness/product.ts";
import { freeTcpPort } from "../_harness/tcp_ports.ts";
import { TimeLimit } from "../_harness/time_limit.ts";
import { freeUdpPorts } from "../_harness/udp_ports.ts";
import { Workspace } from "../_harness/workspace.ts";

/**
 * Returns an RTP packet: version 2, marker, sequence number 1, timestamp 0, an SSRC, one byte of
 * payload.
 */
function rtpPacket(payloadType: number): Uint8Array {
  return Uint8Array.of(0x80, 0x80 | payloadType, 0, 1, 0, 0, 0, 0, 1, 2, 3, 4, 0x65);
}

const RECEIVED = [
  { what: "another payload type", datagram: rtpPacket(97), code: 3 },
  { what: "fewer packets than the threshold", datagram: rtpPacket(96), code: 4 },
  { what: "bytes that are not RTP", datagram: new Uint8Array([1, 2, 3]), code: 7 },
  { what: "nothing at all", datagram: undefined, code: 124 },
] as const;

for (const { what, datagram, code } of RECEIVED) {
  Deno.test(`rtp_receiver_tester ends with ${code} on ${what}`, async () => {
    using limit = new TimeLimit(30);
    const port = freeUdpPorts();
    const flags = ["--expect-pt", "96", "--packet-threshold", "2", "--timeout-ms", "700"];
    await using tester = startProduct(
      ["rtp_receiver_tester", "--port", `${port}`, ...flags],
      limit.signal,
    );
    await tester.log.waitFor(/Receiving RTP/);
    if (datagram !== undefined) await send(datagram, port);
    assert.equal((await tester.ended).code, code, outputOf(tester));
  });
}

Deno.test("rtmp_stub_tester ends with 7 on bytes that are not RTMP, and with 124 on nothing", async () => {
  using limit = new TimeLimit(30);
  for (const [bytes, code] of [[new Uint8Array(2000).fill(9), 7], [undefined, 124]] as const) {
    const port = freeTcpPort();
    const flags = ["--mode", "h264", "--listen-port", `${port}`, "--timeout-ms", "1500"];
    await using tester = startProduct(["rtmp_stub_tester", ...flags], limit.signal);
    await tester.log.waitFor(/Listening for RTMP/);
    if (bytes !== undefined) {
      using connection = await Deno.connect({ hostname: "127.0.0.1", port });
      await connection.write(bytes);
      assert.equal((await tester.ended).code, code, outputOf(tester));
    } else assert.equal((await tester.ended).code, code, outputOf(tester));
  }
});

Deno.test("a missing encoder ends with 5 and one line that names the package", async () => {
  using limit = new TimeLimit(60);
  using workspace = new Workspace();
  // Everything that a pipeline needs except an encoder.
  for (const element of ["appsrc", "queue", "capsfilter"]) {
    const plugin = await pluginOf(element);
    const link = workspace.path(plugin.replace(/.*\//, ""));
    if (!workspace.has(link)) await Deno.symlink(plugin, link);
  }
  const streamer = startProduct(
    ["--codec", "h264", "--encoder", "software", "--input-mode", "dummy", "--log-level", "error"],
    limit.signal,
    {
      GST_PLUGIN_PATH_1_0: "",
      GST_PLUGIN_SYSTEM_PATH_1_0: workspace.directory,
      GST_REGISTRY_1_0: workspace.path("registry"),
    },
  );
  await using _ = streamer;
  assert.equal((await streamer.ended).code, 5, outputOf(streamer));
  assert.equal(streamer.log.lines.length, 1, outputOf(streamer));
  assert.match(streamer.log.lines[0] ?? "", /^cvmmap-streamer: .*gstreamer1\.0-plugins-ugly/);
});

Deno.test("H.264 in the domestic mode is refused at startup with one clear line and exit code 2", async () => {
  using limit = new TimeLimit(30);
  await using streamer = startProduct([
    "--codec",
    "h264",
    "--target",
    "refused",
    "--rtmp",
    "--rtmp-mode",
    "domestic",
    "--rtmp-url",
    "rtmp://127.0.0.1/live/key",
  ], limit.signal);
  assert.equal((await streamer.ended).code, 2);
  assert.deepEqual(streamer.log.lines, [
    "cvmmap-streamer: RTMP with h264 cannot use --rtmp-mode domestic: " +
    "use --rtmp-mode enhanced, or --codec h265",
  ]);
});

function send(datagram: Uint8Array, port: number): Promise<void> {
  const socket = createSocket("udp4");
  return new Promise((resolve, reject) =>
    socket.send(datagram, port, "127.0.0.1", (error) => {
      socket.close();
      if (error) reject(error);
      else resolve();
    })
  );
}

function outputOf({ log, output }: Child): string {
  return [...log.lines, ...output.lines].join("\n");
}

/** Returns the path of the plugin that provides a GStreamer element. */
async function pluginOf(element: string): Promise<string> {
  const { stdout } = await new Deno.Command("gst-inspect-1.0", { args: [element] }).output();
  const [, path] = /^\s*Filename\s+(\S+)$/m.exec(new TextDecoder().decode(stdout)) ?? [];
  assert.ok(path, `gst-inspect-1.0 names no file for ${element}`);
  return path;
}
