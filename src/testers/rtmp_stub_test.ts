import assert from "node:assert/strict";
import { capturedVideo } from "../rtmp/_captured_video.ts";
import { ChunkStreamId, MessageType, type RtmpMessage } from "../rtmp/message.ts";
import type { VideoFormat } from "../rtmp/video_packaging.ts";
import { chunks, command, dialogue, media, NEVER, publishBytes, tested } from "./_rtmp_testing.ts";
import { runRtmpStubTester } from "./rtmp_stub.ts";

const FORMATS: readonly VideoFormat[] = ["h264", "h265-enhanced", "h265-domestic"];

for (const sent of FORMATS) {
  for (const mode of FORMATS) {
    const exitCode = sent === mode ? 0 : 6;
    Deno.test(`${sent} in mode ${mode} ends with ${exitCode}`, async () => {
      const bytes = chunks([...dialogue(), ...media(sent)]);
      const result = await tested(
        { mode, videoThreshold: 12 },
        (port) => publishBytes(port, bytes),
      );
      assert.equal(result.exitCode, exitCode, result.message);
      if (exitCode !== 0) return assert.match(result.message, new RegExp(`${sent}.*${mode}`));
      const { videoFrames, keyFrames, sequenceHeaders, sequenceHeader, lastTimestampMs } = result;
      assert.deepEqual({ videoFrames, keyFrames, sequenceHeaders, lastTimestampMs }, {
        ...{ videoFrames: 12, keyFrames: 2, sequenceHeaders: 1, lastTimestampMs: 363 },
      });
      const { format, width, height } = sequenceHeader ?? {};
      assert.deepEqual({ format, width, height }, { format: sent, width: 324, height: 182 });
    });
  }
}

for (const name of ["h264", "h264_bframes", "h265", "h265_bframes"]) {
  Deno.test(`What FFmpeg puts into FLV passes: ${name}`, async () => {
    const tags = capturedVideo(name).tags.map(({ typeId, timestampMs, payload }): RtmpMessage => ({
      ...{ typeId, timestampMs, payload, streamId: 1, chunkStreamId: ChunkStreamId.Video },
    }));
    const { exitCode, message, largestCompositionTimeMs } = await tested(
      { mode: name.startsWith("h264") ? "h264" : "h265-enhanced", videoThreshold: 12 },
      (port) => publishBytes(port, chunks([...dialogue(), ...tags])),
    );
    assert.equal(exitCode, 0, message);
    assert.equal(largestCompositionTimeMs > 0, name.endsWith("_bframes"));
  });
}

Deno.test("Too few frames end with 4 when time is up", async () => {
  const messages = [...dialogue(), ...media("h264")];
  const { exitCode, videoFrames, publications } = await tested(
    { videoThreshold: 13, timeoutMs: 500 },
    (port) => publishBytes(port, chunks(messages)),
  );
  assert.deepEqual({ exitCode, videoFrames }, { exitCode: 4, videoFrames: 12 });
  assert.equal(publications[0]?.end, "over");
});

Deno.test("A publication without video ends with 124 when time is up", async () => {
  const { exitCode, message } = await tested(
    { timeoutMs: 200 },
    (port) => publishBytes(port, chunks(dialogue())),
  );
  assert.equal(exitCode, 124);
  assert.match(message, /a publisher was let in/);
});

Deno.test("Nothing ends with 124, also when it is aborted before it begins", async () => {
  const options = { mode: "h264", port: 0, timeoutMs: 60_000 } as const;
  const { exitCode, connections } = await runRtmpStubTester(options, AbortSignal.abort());
  assert.deepEqual({ exitCode, connections }, { exitCode: 124, connections: 0 });
});

Deno.test("A port that is taken is an error of one line", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr;
  await assert.rejects(runRtmpStubTester({ mode: "h264", port }, NEVER), {
    exitCode: 1,
    message: new RegExp(`^Cannot listen at 127.0.0.1 port ${port}: .*in use`),
  });
});

Deno.test("Metadata, a header and a key frame again are a new beginning", async () => {
  const again = media("h264").map((m) => ({ ...m, timestampMs: m.timestampMs + 500 }));
  const messages = [...dialogue(), ...media("h264"), ...again];
  const { exitCode, message, sequenceHeaders } = await tested(
    { videoThreshold: 24 },
    (port) => publishBytes(port, chunks(messages)),
  );
  assert.equal(exitCode, 0, message);
  assert.equal(sequenceHeaders, 2);
});

Deno.test("Timestamps may wrap", async () => {
  const messages = [...dialogue(), ...media("h264")].map((m) => ({
    ...m,
    timestampMs: m.typeId === MessageType.Video ? (m.timestampMs + 2 ** 32 - 50) % 2 ** 32 : 0,
  }));
  const { exitCode, message, largestTimestampStepMs } = await tested(
    { videoThreshold: 12 },
    (port) => publishBytes(port, chunks(messages)),
  );
  assert.equal(exitCode, 0, message);
  assert.equal(largestTimestampStepMs, 33);
});

Deno.test("The report has no secret", async () => {
  const [, ...rest] = dialogue();
  const secret = { app: "live?user=a&pass=hush", tcUrl: "rtmp://h/live?hush" };
  const messages = [command("connect", 1, secret), ...rest, ...media("h264")];
  const result = await tested({}, (port) => publishBytes(port, chunks(messages)));
  assert.equal(result.exitCode, 0);
  assert.deepEqual(result.publisher, { app: "live" });
  assert.doesNotMatch(JSON.stringify(result), /hush|"key"/);
});
