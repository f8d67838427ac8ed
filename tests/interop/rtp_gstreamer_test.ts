import assert from "node:assert/strict";
import { runRtpReceiverTester } from "../../src/testers/rtp_receiver.ts";
import {
  accessUnit,
  assertSameFrames,
  decodedFixture,
  freePorts,
  playUntil,
  run,
  sending,
  untilBound,
} from "./_rtp.ts";

for (const codec of ["h264", "h265"] as const) {
  Deno.test(`GStreamer decodes our ${codec} from our SDP, bit by bit`, async () => {
    const port = freePorts();
    let sdp = "";
    await using stream = await sending(codec, "127.0.0.1", port, (text) => sdp = text);
    // Nobody listens yet: the receiver needs the description first.
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
      "!",
      `rtp${codec}depay`,
      "!",
      `${codec}parse`,
      "!",
      `avdec_${codec}`,
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

  Deno.test(`Our tester passes GStreamer's ${codec}`, async () => {
    const port = freePorts();
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
