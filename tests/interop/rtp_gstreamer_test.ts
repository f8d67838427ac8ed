import assert from "node:assert/strict";
import { runRtpReceiverTester } from "../../src/testers/rtp_receiver.ts";
import { freeUdpPorts } from "../_harness/udp_ports.ts";
import { decoding } from "./_gstreamer.ts";
import {
  accessUnit,
  assertSameFrames,
  decodedFixture,
  openSink,
  playUntil,
  run,
  untilBound,
} from "./_rtp.ts";

for (const codec of ["h264", "h265"] as const) {
  Deno.test(`GStreamer decodes our ${codec} from our SDP bit-exactly`, async () => {
    const port = freeUdpPorts();
    let sdp = "";
    await using stream = await openSink(codec, "127.0.0.1", port, (text) => sdp = text);
    // The receiver needs the session description first, so send an access unit without a receiver.
    stream.sink.write(accessUnit(codec, 0));
    const path = `${stream.directory}/stream.sdp`;
    const raw = `${stream.directory}/frames.yuv`;
    await Deno.writeTextFile(path, sdp);
    const frames = 30;
    const ended = run("gst-launch-1.0", [
      "-q",
      "filesrc",
      `location=${path}`,
      "!",
      "sdpdemux",
      "latency=100",
      ...decoding(codec),
      "!",
      "video/x-raw,format=I420",
      "!",
      "identity",
      `eos-after=${frames + 1}`,
      "!",
      "filesink",
      `location=${raw}`,
    ]);
    await untilBound(port, ended);
    await playUntil(ended, stream.sink, codec);
    const { stderr } = await ended;
    assert.equal(stderr, "");
    assertSameFrames(await Deno.readFile(raw), await decodedFixture(codec, frames));
  });

  Deno.test(`GStreamer's ${codec} passes our tester`, async () => {
    const port = freeUdpPorts();
    const listening = Promise.withResolvers<void>();
    const result = runRtpReceiverTester({
      host: "127.0.0.1",
      port,
      expectPt: 100,
      packetThreshold: 30,
      timeoutMs: 20_000,
      codec,
      onListening: () => listening.resolve(),
    }, new AbortController().signal);
    await listening.promise;
    await run("gst-launch-1.0", [
      "-q",
      "videotestsrc",
      "pattern=smpte",
      "num-buffers=30",
      "!",
      "video/x-raw,format=I420,width=320,height=180,framerate=30/1",
      "!",
      `${codec === "h264" ? "x264enc" : "x265enc"}`,
      "tune=zerolatency",
      "key-int-max=10",
      "!",
      `rtp${codec}pay`,
      "pt=100",
      "aggregate-mode=zero-latency",
      "mtu=600",
      "!",
      "udpsink",
      "host=127.0.0.1",
      `port=${port}`,
      "sync=false",
    ]);
    const { outcome, message, lost, accessUnits, completeAccessUnits } = await result;
    assert.equal(outcome, "passed", message);
    assert.equal(lost, 0);
    assert.ok(accessUnits >= 1 && completeAccessUnits === accessUnits);
  });
}
