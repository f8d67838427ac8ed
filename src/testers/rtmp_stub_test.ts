import assert from "node:assert/strict";
import { capturedVideo } from "../rtmp/_captured_video.ts";
import { ChunkStreamId, MessageType, type RtmpMessage } from "../rtmp/wire/message.ts";
import type { VideoFormat } from "../rtmp/flv/video_packaging.ts";
import {
  chunks,
  command,
  dialogue,
  media,
  NEVER,
  publishBytes,
  runTester,
} from "./_rtmp_testing.ts";
import { runRtmpStubTester } from "./rtmp_stub.ts";

const FORMATS: readonly VideoFormat[] = ["h264", "h265-enhanced", "h265-domestic"];

for (const sent of FORMATS) {
  for (const mode of FORMATS) {
    const outcome = sent === mode ? "passed" : "rtmp_mode_mismatch";
    Deno.test(`${sent} in mode ${mode} ends with ${outcome}`, async () => {
      const bytes = chunks([...dialogue(), ...media(sent)]);
      const result = await runTester(
        { mode, videoThreshold: 12 },
        (port) => publishBytes(port, bytes),
      );
      assert.equal(result.outcome, outcome, result.message);
      if (outcome !== "passed") return assert.match(result.message, new RegExp(`${sent}.*${mode}`));
      const { videoFrames, keyFrames, sequenceHeaders, sequenceHeader, lastTimestampMs } = result;
      assert.deepEqual({ videoFrames, keyFrames, sequenceHeaders, lastTimestampMs }, {
        videoFrames: 12,
        keyFrames: 2,
        sequenceHeaders: 1,
        lastTimestampMs: 363,
      });
      const { format, width, height } = sequenceHeader ?? {};
      assert.deepEqual({ format, width, height }, { format: sent, width: 324, height: 182 });
    });
  }
}

for (const name of ["h264", "h264_bframes", "h265", "h265_bframes"]) {
  Deno.test(`FFmpeg's FLV messages pass: ${name}`, async () => {
    const tags = capturedVideo(name).tags.map(({ typeId, timestampMs, payload }): RtmpMessage => ({
      typeId,
      timestampMs,
      payload,
      streamId: 1,
      chunkStreamId: ChunkStreamId.Video,
    }));
    const { outcome, message, largestCompositionTimeMs } = await runTester(
      { mode: name.startsWith("h264") ? "h264" : "h265-enhanced", videoThreshold: 12 },
      (port) => publishBytes(port, chunks([...dialogue(), ...tags])),
    );
    assert.equal(outcome, "passed", message);
    assert.equal(largestCompositionTimeMs > 0, name.endsWith("_bframes"));
  });
}

Deno.test("Too few frames end with 4 when time is up", async () => {
  const messages = [...dialogue(), ...media("h264")];
  const { outcome, videoFrames, publications } = await runTester(
    { videoThreshold: 13, timeoutMs: 500 },
    (port) => publishBytes(port, chunks(messages)),
  );
  assert.deepEqual({ outcome, videoFrames }, { outcome: "threshold_not_met", videoFrames: 12 });
  assert.equal(publications[0]?.end, "over");
});

Deno.test("A publication without video ends with 124 when time is up", async () => {
  const { outcome, message } = await runTester(
    { timeoutMs: 200 },
    (port) => publishBytes(port, chunks(dialogue())),
  );
  assert.equal(outcome, "timeout");
  assert.match(message, /a publisher was accepted/);
});

Deno.test("A test without publishers ends with 124, even if it is aborted before the start", async () => {
  const options = { mode: "h264", port: 0, timeoutMs: 60_000 } as const;
  const { outcome, connections } = await runRtmpStubTester(options, AbortSignal.abort());
  assert.deepEqual({ outcome, connections }, { outcome: "timeout", connections: 0 });
});

Deno.test("A port in use is an error of one line", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr;
  await assert.rejects(runRtmpStubTester({ mode: "h264", port }, NEVER), {
    code: "tcp_listen_failed",
    message: new RegExp(`^Cannot listen at 127.0.0.1 port ${port}: .*in use`),
  });
});

Deno.test("Metadata, a sequence header and a key frame may come again", async () => {
  const again = media("h264").map((m) => ({ ...m, timestampMs: m.timestampMs + 500 }));
  const messages = [...dialogue(), ...media("h264"), ...again];
  const { outcome, message, sequenceHeaders } = await runTester(
    { videoThreshold: 24 },
    (port) => publishBytes(port, chunks(messages)),
  );
  assert.equal(outcome, "passed", message);
  assert.equal(sequenceHeaders, 2);
});

Deno.test("Timestamps may wrap", async () => {
  const messages = [...dialogue(), ...media("h264")].map((m) => ({
    ...m,
    timestampMs: m.typeId === MessageType.Video ? (m.timestampMs + 2 ** 32 - 50) % 2 ** 32 : 0,
  }));
  const { outcome, message, largestTimestampStepMs } = await runTester(
    { videoThreshold: 12 },
    (port) => publishBytes(port, chunks(messages)),
  );
  assert.equal(outcome, "passed", message);
  assert.equal(largestTimestampStepMs, 33);
});

Deno.test("The report contains no secrets", async () => {
  const [, ...rest] = dialogue();
  const secret = { app: "live?user=a&pass=hush", tcUrl: "rtmp://h/live?hush" };
  const messages = [command("connect", 1, secret), ...rest, ...media("h264")];
  const result = await runTester({}, (port) => publishBytes(port, chunks(messages)));
  assert.equal(result.outcome, "passed");
  assert.deepEqual(result.publisher, { app: "live" });
  assert.doesNotMatch(JSON.stringify(result), /hush|"key"/);
});
