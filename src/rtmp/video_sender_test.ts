import assert from "node:assert/strict";
import { frame, GOP, otherFrame } from "./_sink_testing.ts";
import type { MediaMessage } from "./client/client_session.ts";
import { videoPackaging } from "./flv/video_formats.ts";
import { VideoSender } from "./video_sender.ts";

const description = { bitrateKbps: 1000, encoder: "test" };

Deno.test("VideoSender sends the sequence header with the next frame if it failed before", () => {
  let fails = false;
  const messages: MediaMessage[] = [];
  const packaging = videoPackaging("h264", "enhanced");
  const sender = new VideoSender(packaging, () => {
    if (fails) throw new TypeError("not now");
    return description;
  }, (message) => messages.push(message));
  sender.send(frame(0));
  fails = true;
  assert.throws(() => sender.send(otherFrame(GOP)), TypeError);
  fails = false;
  sender.send(otherFrame(2 * GOP));
  assert.deepEqual(messages.map(({ type }) => type).slice(3), ["data", "video", "video"]);
});

Deno.test("VideoSender sends no end of a sequence that it has not started", () => {
  const messages: MediaMessage[] = [];
  const sender = new VideoSender(
    videoPackaging("h264", "enhanced"),
    () => description,
    (message) => messages.push(message),
  );
  sender.end();
  assert.equal(messages.length, 0);
});
