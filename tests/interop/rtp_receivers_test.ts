/**
 * One stream to several receivers: `--rtp-endpoint` more than once.
 *
 * @module
 */
import assert from "node:assert/strict";
import { runRtpReceiverTester } from "../../src/testers/mod.ts";
import { startProduct } from "../_harness/product.ts";
import { TimeLimit } from "../_harness/time_limit.ts";
import { freeUdpPorts } from "../_harness/udp_ports.ts";
import { Workspace } from "../_harness/workspace.ts";

const PACKETS = 100;

Deno.test("two receivers get the same stream, each with its own session description", async () => {
  using limit = new TimeLimit(60);
  using workspace = new Workspace();
  const ports = [freeUdpPorts(), freeUdpPorts()];
  const listening = ports.map(() => Promise.withResolvers<number>());
  const receiving = ports.map((port, index) =>
    runRtpReceiverTester({
      host: "127.0.0.1",
      port,
      expectPt: 96,
      codec: "h264",
      packetThreshold: PACKETS,
      timeoutMs: 50_000,
      onListening: listening[index]!.resolve,
    }, limit.signal)
  );
  await Promise.all(listening.map(({ promise }) => promise));
  const paths = ports.map((_, index) => workspace.path(`${index}.sdp`));
  await using product = startProduct([
    "--codec",
    "h264",
    "--encoder",
    "software",
    "--input-mode",
    "dummy",
    "--rtp",
    // Small enough for any receive buffer.
    "--dummy-width",
    "320",
    "--dummy-height",
    "180",
    "--bitrate",
    "500",
    ...ports.flatMap((port, index) => [
      "--rtp-endpoint",
      `127.0.0.1:${port}`,
      "--rtp-sdp",
      paths[index]!,
    ]),
  ], limit.signal);
  const results = await Promise.all(receiving);
  for (const { outcome, message, lost, codec } of results) {
    assert.equal(outcome, "passed", message);
    assert.deepEqual({ lost, codec }, { lost: 0, codec: "h264" });
  }
  assert.equal(results[0]?.ssrc, results[1]?.ssrc);
  paths.forEach((path, index) => {
    assert.match(
      Deno.readTextFileSync(path),
      new RegExp(`^m=video ${ports[index]} RTP/AVP 96`, "m"),
    );
  });
  await product.end("SIGINT");
  await product.succeeded();
  const sent = product.log.lines.filter((line) =>
    /^ {2}sent +[1-9]\d* access units.*to rtp 127\.0\.0\.1/.test(line)
  );
  assert.equal(sent.length, 2);
});
