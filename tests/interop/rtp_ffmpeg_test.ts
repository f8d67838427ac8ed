import assert from "node:assert/strict";
import { runRtpReceiverTester } from "../../src/testers/rtp_receiver.ts";
import { freeUdpPorts } from "../_harness/udp_ports.ts";
import {
  accessUnit,
  assertSameFrames,
  decodedFixture,
  fixturePath,
  openSink,
  playUntil,
  run,
  untilBound,
} from "./_rtp.ts";

for (const codec of ["h264", "h265"] as const) {
  for (const host of ["127.0.0.1", "::1"]) {
    Deno.test(`FFmpeg decodes our ${codec} at ${host} from our SDP bit-exactly, without a warning`, async () => {
      const port = freeUdpPorts();
      let sdp = "";
      await using stream = await openSink(codec, host, port, (text) => sdp = text);
      // The player needs the session description first, so send an access unit without a receiver.
      stream.sink.write(accessUnit(codec, 0));
      const path = `${stream.directory}/stream.sdp`;
      await Deno.writeTextFile(path, sdp);
      const frames = 40;
      const ended = run("ffmpeg", [
        "-v",
        "warning",
        "-nostdin",
        "-protocol_whitelist",
        "file,udp,rtp",
        "-i",
        path,
        "-frames:v",
        `${frames}`,
        "-fps_mode",
        "passthrough",
        "-f",
        "rawvideo",
        "-pix_fmt",
        "yuv420p",
        "-",
      ]);
      await untilBound(port, ended);
      await playUntil(ended, stream.sink, codec);
      const { stdout, stderr } = await ended;
      assert.equal(stderr, "");
      assertSameFrames(stdout, await decodedFixture(codec, frames));
    });
  }

  Deno.test(`FFmpeg's ${codec} passes our tester`, async () => {
    const port = freeUdpPorts();
    const listening = Promise.withResolvers<void>();
    const result = runRtpReceiverTester({
      host: "127.0.0.1",
      port,
      expectPt: 96,
      packetThreshold: 60,
      timeoutMs: 20_000,
      onListening: () => listening.resolve(),
    }, new AbortController().signal);
    await listening.promise;
    await run("ffmpeg", [
      "-v",
      "error",
      "-re",
      "-stream_loop",
      "3",
      "-i",
      fixturePath(codec),
      "-c",
      "copy",
      "-f",
      "rtp",
      "-payload_type",
      "96",
      `rtp://127.0.0.1:${port}?pkt_size=600`,
    ]);
    const { outcome, lost, codec: inferred, accessUnits, completeAccessUnits, message } =
      await result;
    assert.equal(outcome, "passed", message);
    assert.deepEqual({ lost, inferred }, { lost: 0, inferred: codec });
    assert.ok(accessUnits >= 5 && completeAccessUnits === accessUnits);
  });
}
