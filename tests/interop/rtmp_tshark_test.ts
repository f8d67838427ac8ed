import assert from "node:assert/strict";
import { TimeLimit } from "../_harness/time_limit.ts";
import { Workspace } from "../_harness/workspace.ts";
import { startNginxRtmp } from "./_nginx_rtmp.ts";
import { RtmpCapture } from "./_rtmp_capture.ts";
import { KEY, startPublisher, summaryOf } from "./_rtmp_publisher.ts";

/** A second, with more than one key frame. */
const FRAMES = 40;

/**
 * Severity of a warning of tshark's expert information. Notes only report the end of a connection.
 */
const WARNING = 0x60_0000;
/**
 * The kernel has retransmitted a segment, which happens on slow machines and does not affect RTMP.
 */
const RETRANSMITTED = "D-SACK Sequence";

for (const codec of ["h264", "h265"] as const) {
  Deno.test(`tshark finds nothing malformed in an RTMP session of ${codec}, and the expected messages`, async () => {
    using limit = new TimeLimit(60);
    using workspace = new Workspace();
    const nginx = await startNginxRtmp(workspace, limit.signal);
    await using _server = nginx.child;
    const { port } = nginx;
    await using capture = await RtmpCapture.start(port, workspace, limit.signal);
    await using publisher = startPublisher({
      codec,
      url: `rtmp://127.0.0.1:${port}/live/${KEY}`,
      width: 640,
      height: 360,
      frames: FRAMES,
      flags: ["--rtmp-mode", "enhanced"],
    }, limit.signal);
    await publisher.succeeded();
    await capture.waitUntilClosed();

    const expert = `_ws.malformed or _ws.expert.severity >= ${WARNING}`;
    const warnings = await capture.field(expert, "_ws.expert.message");
    assert.deepEqual(warnings.filter((message) => message !== RETRANSMITTED), []);

    const ours = await capture.field(`rtmpt and tcp.dstport == ${port}`, "_ws.col.Info");
    const messages = ours.flatMap((line) => line.split("|"));
    const { sent } = summaryOf(publisher);
    assert.ok(sent > 0);
    assert.deepEqual(messages, [
      "Handshake C0+C1",
      "Handshake C2",
      "connect('live')",
      "Window Acknowledgement Size 5000000",
      "Set Chunk Size 60000",
      `releaseStream('${KEY}')`,
      `FCPublish('${KEY}')`,
      "createStream()",
      `publish('${KEY}')`,
      "@setDataFrame()",
      // The sequence header, the access units, the end of the sequence.
      ...Array.from({ length: sent + 2 }, () => "Video Data"),
      "FCUnpublish()",
      "deleteStream()",
    ]);

    const theirs = await capture.field(`rtmpt and tcp.srcport == ${port}`, "_ws.col.Info");
    const answers = theirs.flatMap((line) => line.split("|"));
    assert.equal(answers[0], "Handshake S0+S1+S2");
    assert.ok(answers.includes("_result('NetConnection.Connect.Success')"), answers.join());
    assert.ok(answers.includes("onStatus('NetStream.Publish.Start')"), answers.join());
  });
}
