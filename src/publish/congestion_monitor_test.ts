import assert from "node:assert/strict";
import { CongestionMonitor } from "./congestion_monitor.ts";

function recorded(
  steadyMs: number,
): { readonly monitor: CongestionMonitor; readonly events: string[] } {
  const events: string[] = [];
  const monitor = new CongestionMonitor({
    onCongested: () => events.push("congested"),
    onRecovered: (dropped) => events.push(`recovered, ${dropped} dropped`),
  }, steadyMs);
  return { monitor, events };
}

Deno.test("CongestionMonitor reports congestion once, and recovery after a time without drops", () => {
  const { monitor, events } = recorded(1000);
  monitor.taken(0, 0);
  monitor.overflowed(5, 100);
  monitor.dropped(200);
  monitor.taken(9, 300);
  monitor.overflowed(9, 900);
  monitor.taken(12, 1899);
  assert.deepEqual([events, monitor.isCongested], [["congested"], true]);
  monitor.taken(12, 1900);
  assert.deepEqual([events, monitor.isCongested], [["congested", "recovered, 7 dropped"], false]);
  monitor.taken(12, 9000);
  monitor.overflowed(12, 9100);
  assert.equal(events.length, 3);
});

Deno.test("CongestionMonitor reports no recovery after a reset", () => {
  const { monitor, events } = recorded(0);
  monitor.overflowed(0, 0);
  monitor.reset();
  assert.equal(monitor.isCongested, false);
  monitor.taken(5, 10);
  assert.deepEqual(events, ["congested"]);
});
