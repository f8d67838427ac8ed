import assert from "node:assert/strict";
import { KeyFrameRequests } from "./key_frame_requests.ts";

Deno.test("KeyFrameRequests forwards a request at once, and then at most once every 200 ms", async () => {
  const forwardedMs: number[] = [];
  const second = Promise.withResolvers<void>();
  const startMs = performance.now();
  using requests = new KeyFrameRequests(() => {
    forwardedMs.push(performance.now() - startMs);
    if (forwardedMs.length === 2) second.resolve();
  });
  for (let i = 0; i < 20; i++) requests.add({ from: i });
  assert.equal(forwardedMs.length, 1);
  await second.promise;
  assert.equal(requests.count, 20);
  assert.ok((forwardedMs[1] ?? 0) - (forwardedMs[0] ?? 0) >= 199, `${forwardedMs}`);
});

Deno.test("KeyFrameRequests counts a repeated Full Intra Request once", () => {
  using requests = new KeyFrameRequests(() => {});
  for (const sequence of [1, 1, 1, 2, 2]) requests.add({ from: 1, sequence });
  requests.add({ from: 2, sequence: 2 });
  assert.equal(requests.count, 3);
});
