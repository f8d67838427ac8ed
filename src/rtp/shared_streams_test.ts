import assert from "node:assert/strict";
import { CONTEXT } from "../publish/_testing.ts";
import { anySharedStream, sharedStream } from "./shared_streams.ts";

const OPTIONS = { payloadType: 96, mtu: 1400, timeExtension: false };

Deno.test("sinks of a camera with the same options share a stream, and those of others do not", () => {
  const [one, other] = [{ ...CONTEXT }, { ...CONTEXT }];
  const stream = sharedStream(one, OPTIONS);
  assert.equal(sharedStream(one, { ...OPTIONS }), stream);
  assert.notEqual(sharedStream(one, { ...OPTIONS, mtu: 1200 }), stream);
  assert.notEqual(sharedStream(one, { ...OPTIONS, timeExtension: true }), stream);
  assert.notEqual(sharedStream(other, OPTIONS), stream);
});

Deno.test("a sink that describes the stream takes none with larger packets", () => {
  const camera = { ...CONTEXT };
  const jumbo = sharedStream(camera, { ...OPTIONS, mtu: 9000 });
  assert.notEqual(anySharedStream(camera, OPTIONS), jumbo);
});

Deno.test("a sink that describes the stream takes any with the same extension", () => {
  const camera = { ...CONTEXT };
  const stream = sharedStream(camera, { payloadType: 99, mtu: 500, timeExtension: false });
  assert.equal(anySharedStream(camera, OPTIONS), stream);
  const timed = anySharedStream(camera, { ...OPTIONS, timeExtension: true });
  assert.notEqual(timed, stream);
  assert.equal(sharedStream(camera, { ...OPTIONS, timeExtension: true }), timed);
});
