import "../../ffi/_open_libraries.ts";
import assert from "node:assert/strict";
import type { AmfObject } from "../rtmp/amf0/amf0.ts";
import { RtmpSession } from "../rtmp/client/client_session.ts";
import type { RtmpMessage } from "../rtmp/wire/message.ts";
import { parseRtmpUrl } from "../rtmp/url.ts";
import { packagingOf } from "../rtmp/flv/video_formats.ts";
import type { VideoFormat } from "../rtmp/flv/video_packaging.ts";
import { media, runTester } from "./_rtmp_testing.ts";

/** Publishes messages by an RtmpSession and returns the reason for its end. */
async function published(
  port: number,
  messages: readonly RtmpMessage[],
  connectProperties: AmfObject = {},
): Promise<string> {
  const url = parseRtmpUrl(`rtmp://127.0.0.1:${port}/live/nested/secret-key`);
  await using session = await RtmpSession.open(url, { connectProperties });
  messages.forEach(({ timestampMs, payload }, i) => {
    session.send({ type: i === 0 ? "data" : "video", timestampMs, payload });
  });
  return (await session.closed)?.message ?? "";
}

for (const mode of ["h264", "h265-enhanced", "h265-domestic"] as const satisfies VideoFormat[]) {
  Deno.test(`RtmpSession passes in mode ${mode}`, async () => {
    let end = "";
    const { connectProperties } = packagingOf(mode);
    const result = await runTester({ mode, videoThreshold: 12 }, async (port) => {
      end = await published(port, media(mode), connectProperties);
    });
    assert.equal(result.outcome, "passed", result.message);
    assert.match(end, /NetStream\.Unpublish\.Success/);
    const { connections, pingsAnswered, chunkSizes, publisher } = result;
    assert.deepEqual({ connections, pingsAnswered, chunkSizes }, {
      connections: 1,
      pingsAnswered: 1,
      chunkSizes: [60_000],
    });
    assert.equal(publisher?.["app"], "live/nested");
    assert.deepEqual(publisher["fourCcList"], mode === "h265-enhanced" ? ["hvc1"] : undefined);
    assert.doesNotMatch(JSON.stringify(result), /secret-key/);
  });
}

Deno.test("A publisher receives the reason of its violation", async () => {
  let end = "";
  const { outcome, message } = await runTester({ mode: "h264" }, async (port) => {
    end = await published(port, media("h265-enhanced"));
  });
  assert.equal(outcome, "rtmp_mode_mismatch");
  assert.ok(end.includes("NetStream.Failed") && end.includes(message), end);
});

Deno.test("A publication ends when its publisher leaves, and the next one adds to the counts", async () => {
  const { outcome, publications } = await runTester({ videoThreshold: 24 }, async (port) => {
    const url = parseRtmpUrl(`rtmp://127.0.0.1:${port}/live/key`);
    for (let i = 0; i < 2; i++) {
      await using session = await RtmpSession.open(url);
      media("h264").forEach(({ timestampMs, payload }, i) => {
        session.send({ type: i === 0 ? "data" : "video", timestampMs, payload });
      });
    }
  });
  assert.equal(outcome, "passed");
  assert.deepEqual(publications.map(({ end }) => end), ["left", "over"]);
});
