import assert from "node:assert/strict";
import type { RtmpChange } from "./rtmp_sink_options.ts";
import { RtmpLogThrottle } from "./log_throttle.ts";

const PUBLISHING: RtmpChange = { kind: "publishing", format: "h264" };

function lost(reason: string): RtmpChange {
  return { kind: "lost", reason, retryMs: 1000 };
}

/** Returns which of the changes, pushed at the given seconds, are new. */
function newChanges(...changes: readonly (readonly [number, RtmpChange])[]): boolean[] {
  const logged: boolean[] = [];
  using throttle = new RtmpLogThrottle((_, isNew) => logged.push(isNew));
  const { now } = performance;
  try {
    for (const [seconds, change] of changes) {
      performance.now = () => seconds * 1000;
      throttle.push(change);
    }
  } finally {
    performance.now = now;
  }
  return logged;
}

Deno.test("RtmpLogThrottle logs a server that is down once for each reason", () => {
  assert.deepEqual(
    newChanges([0, lost("refused")], [1, lost("refused")], [2, lost("timeout")], [
      3,
      lost("timeout"),
    ]),
    [true, false, true, false],
  );
});

Deno.test("RtmpLogThrottle logs the return of a server, and the next loss of a stable session", () => {
  assert.deepEqual(
    newChanges(
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

Deno.test("RtmpLogThrottle logs a server that accepts and drops the stream twice, and last that it is lost", () => {
  assert.deepEqual(
    newChanges(
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

Deno.test("RtmpLogThrottle logs a session after a delay if it becomes stable after unstable ones", async () => {
  const logged: [string, boolean][] = [];
  const late = Promise.withResolvers<void>();
  using throttle = new RtmpLogThrottle((change, isNew) => {
    logged.push([change.kind, isNew]);
    if (logged.length === 6) late.resolve();
  }, 20);
  for (const change of [PUBLISHING, lost("closed"), PUBLISHING, lost("closed"), PUBLISHING]) {
    throttle.push(change);
  }
  await late.promise;
  assert.deepEqual(logged.slice(3), [["lost", true], ["publishing", false], ["publishing", true]]);
  throttle.push(lost("closed"));
  assert.deepEqual(logged.at(-1), ["lost", true]);
});

// A timer that is still running fails the test.
Deno.test("RtmpLogThrottle stops its timer when the session moves or the throttle is disposed", () => {
  const logged: [string, boolean][] = [];
  {
    using throttle = new RtmpLogThrottle((change, isNew) => logged.push([change.kind, isNew]));
    for (const change of [PUBLISHING, lost("closed"), PUBLISHING, lost("closed"), PUBLISHING]) {
      throttle.push(change);
    }
    throttle.push({ kind: "moving", description: "" });
    throttle.push(PUBLISHING);
  }
  assert.deepEqual(logged.slice(4), [["publishing", false], ["moving", true], [
    "publishing",
    false,
  ]]);
});
