import assert from "node:assert/strict";
import type { RtmpChange } from "./rtmp_sink_options.ts";
import { RtmpLogThrottle } from "./log_throttle.ts";

const PUBLISHING: RtmpChange = { kind: "publishing", format: "h264" };

function lost(reason: string): RtmpChange {
  return { kind: "lost", reason, retryMs: 1000 };
}

/** Which of the changes, given at these seconds, are news when they come. */
function news(...changes: readonly (readonly [number, RtmpChange])[]): boolean[] {
  const told: boolean[] = [];
  using teller = new RtmpLogThrottle((_, isNews) => told.push(isNews));
  const { now } = performance;
  try {
    for (const [seconds, change] of changes) {
      performance.now = () => seconds * 1000;
      teller.push(change);
    }
  } finally {
    performance.now = now;
  }
  return told;
}

Deno.test("RtmpLogThrottle tells of a server that is down once for each reason", () => {
  assert.deepEqual(
    news([0, lost("refused")], [1, lost("refused")], [2, lost("timeout")], [3, lost("timeout")]),
    [true, false, true, false],
  );
});

Deno.test("RtmpLogThrottle tells of the return, and again of the next loss of a session that lasted", () => {
  assert.deepEqual(
    news(
      [0, PUBLISHING],
      [60, lost("closed")],
      [61, lost("refused")],
      [62, PUBLISHING],
      [90, lost("refused")],
      [91, PUBLISHING],
    ),
    [true, true, true, true, true, true],
  );
});

Deno.test("RtmpLogThrottle tells of a server that takes the stream and drops it at once twice, and last that it is lost", () => {
  assert.deepEqual(
    news(
      [0, PUBLISHING],
      [0.1, lost("closed")],
      [2, PUBLISHING],
      [2.1, lost("closed")],
      [4, PUBLISHING],
      [4.1, lost("closed")],
    ),
    [true, true, true, true, false, false],
  );
});

Deno.test("RtmpLogThrottle tells late of a session that lasts after others that did not", async () => {
  const told: [string, boolean][] = [];
  const late = Promise.withResolvers<void>();
  using teller = new RtmpLogThrottle((change, isNews) => {
    told.push([change.kind, isNews]);
    if (told.length === 6) late.resolve();
  }, 20);
  for (const change of [PUBLISHING, lost("closed"), PUBLISHING, lost("closed"), PUBLISHING]) {
    teller.push(change);
  }
  await late.promise;
  assert.deepEqual(told.slice(3), [["lost", true], ["publishing", false], ["publishing", true]]);
  teller.push(lost("closed"));
  assert.deepEqual(told.at(-1), ["lost", true]);
});

// A timer that is left behind fails the test.
Deno.test("RtmpLogThrottle waits no longer for a session that has moved, or when it is disposed", () => {
  const told: [string, boolean][] = [];
  {
    using teller = new RtmpLogThrottle((change, isNews) => told.push([change.kind, isNews]));
    for (const change of [PUBLISHING, lost("closed"), PUBLISHING, lost("closed"), PUBLISHING]) {
      teller.push(change);
    }
    teller.push({ kind: "moving", description: "" });
    teller.push(PUBLISHING);
  }
  assert.deepEqual(told.slice(4), [["publishing", false], ["moving", true], ["publishing", false]]);
});
