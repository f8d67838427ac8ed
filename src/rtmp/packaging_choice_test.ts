import "../../ffi/_open_libraries.ts";
import assert from "node:assert/strict";
import type { AmfObject } from "./amf0/amf0.ts";
import { frame, SinkBench, urlOf } from "./_sink_testing.ts";
import { reply, TestServer } from "./_test_server.ts";
import { HevcPackagingChoice, type PackagingChoice } from "./packaging_choice.ts";
import { videoPackaging } from "./flv/video_formats.ts";

for (
  const [what, answer, format] of [
    ["nothing", {}, "h265-enhanced"],
    ["hvc1", { fourCcList: ["av01", "hvc1"] }, "h265-enhanced"],
    ["everything", { fourCcList: ["*"] }, "h265-enhanced"],
    ["nothing of Enhanced RTMP", { fourCcList: [] }, "h265-domestic"],
    ["AV1 alone", { fourCcList: ["av01"] }, "h265-domestic"],
    ["that it can forward", { videoFourCcInfoMap: { hvc1: 4 } }, "h265-enhanced"],
    ["that it can decode all", { videoFourCcInfoMap: { "*": 1 } }, "h265-enhanced"],
    ["that it can only encode", { videoFourCcInfoMap: { hvc1: 2 } }, "h265-domestic"],
    ["nonsense", { fourCcList: 1, videoFourCcInfoMap: "hvc1" }, "h265-enhanced"],
  ] satisfies [string, AmfObject, string][]
) {
  Deno.test(`HevcPackagingChoice chooses ${format} if a server announces ${what}`, () => {
    const choice = new HevcPackagingChoice();
    assert.deepEqual(Object.keys(choice.connectProperties), [
      "fourCcList",
      "videoFourCcInfoMap",
      "capsEx",
    ]);
    assert.equal(choice.choose(answer).format, format);
  });
}

function next(choice: PackagingChoice): string {
  return choice.choose({}).format;
}

Deno.test("HevcPackagingChoice alternates until a session lasts, then keeps the packaging", () => {
  const choice = new HevcPackagingChoice();
  assert.equal(next(choice), "h265-enhanced");
  choice.ended(false);
  assert.equal(next(choice), "h265-domestic");
  choice.ended(false);
  assert.equal(next(choice), "h265-enhanced");
  choice.ended(false);
  assert.equal(next(choice), "h265-domestic");
  choice.ended(true);
  for (let restart = 0; restart < 3; restart++) {
    assert.equal(next(choice), "h265-domestic", "it is proven");
    choice.ended(false);
  }
  assert.equal(choice.choose({ fourCcList: ["hvc1"] }).format, "h265-enhanced", "another server");
});

Deno.test("RtmpSink reports the packaging of each session, and the choice learns from those with video", async () => {
  const [first, second] = [videoPackaging("h265", "enhanced"), videoPackaging("h264", "enhanced")];
  const lasted: boolean[] = [];
  let sessions = 0;
  const choice: PackagingChoice = {
    connectProperties: first.connectProperties,
    choose: (answer) => {
      assert.equal(answer["level"], "status");
      return ++sessions === 1 ? first : second;
    },
    ended: (it) => lasted.push(it),
  };
  await using server = new TestServer({
    answers: {
      publish: (command, connection) => {
        reply(connection, "onStatus", command, { code: "NetStream.Publish.Start" });
        // The first session ends without video, so that the choice learns nothing from it.
        if (sessions === 0) connection.finish(1000);
      },
    },
  });
  await using bench = new SinkBench(urlOf(server), { packaging: choice });
  await bench.waitFor("publishing", 2);
  assert.deepEqual(lasted, []);
  bench.sink.write(frame(0));
  await server.until(() => server.messages.some(({ typeId }) => typeId === 9));
  server.connections.at(-1)?.finish(1000);
  await bench.waitFor("publishing", 3);
  const formats = bench.changes.flatMap((it) => it.kind === "publishing" ? [it.format] : []);
  assert.deepEqual(formats, ["h265-enhanced", "h264", "h264"]);
  assert.deepEqual(lasted, [false]);
});
