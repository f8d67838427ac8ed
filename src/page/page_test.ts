import assert from "node:assert/strict";
import { exampleStatistics } from "../stream/_statistics.ts";
import { addressesOf } from "./addresses.ts";
import type { StreamReport } from "./api.ts";
import { localUnixMs, ServerClock } from "./clock.ts";
import { eventsBetween } from "./events.ts";
import { dropsOf, History } from "./figures.ts";
import { Percentiles } from "./percentiles.ts";

const REPORT: StreamReport = {
  name: "front",
  isEnabled: true,
  state: "listening",
  reason: undefined,
  restarts: 0,
  lastFailure: undefined,
  settings: { codec: "h264", "rtp-endpoint": ["192.0.2.7:5004"], "rtp-sdp": "/tmp/front.sdp" },
  statistics: exampleStatistics(),
};

Deno.test("the server's clock is that of the quickest round trip", () => {
  const clock = new ServerClock();
  assert.equal(clock.nowMs(), undefined);
  clock.onReply(1000, 1200, 6000);
  clock.onReply(2000, 2010, 7005);
  clock.onReply(3000, 3900, 9000);
  const offsetMs = clock.nowMs()! - localUnixMs();
  assert.ok(Math.abs(offsetMs - 5000) < 1, `${offsetMs}`);
});

Deno.test("percentiles are of the newest values", () => {
  const percentiles = new Percentiles();
  assert.ok(Number.isNaN(percentiles.at(0.5)));
  for (let value = 0; value < 1000; value++) percentiles.add(value);
  assert.equal(percentiles.count, 300);
  assert.equal(percentiles.at(0.5), 850);
  assert.equal(percentiles.at(0.99), 997);
});

Deno.test("rates are measured between two reports, and not across a restart", () => {
  const history = new History();
  const later = (elapsedMs: number, encoded: number): StreamReport => ({
    ...REPORT,
    statistics: exampleStatistics({ elapsedMs, encoded }),
  });
  history.add(later(10_000, 300));
  history.add(later(11_000, 330));
  assert.equal(history.newest?.fps, 30);
  history.add(later(500, 10));
  assert.equal(history.samples.length, 1);
});

Deno.test("lost frames are grouped by reason", () => {
  assert.deepEqual(dropsOf(exampleStatistics()), [["torn", 1], ["late", 1], ["encoder busy", 2], [
    "not sent",
    3,
  ]]);
});

Deno.test("differences between reports are events", () => {
  const sinks = [{ ...exampleStatistics().sinks[0]!, healthy: false }];
  const picture = { width: 640, height: 360 };
  const now: StreamReport = {
    ...REPORT,
    restarts: 1,
    statistics: exampleStatistics({ encoder: "nvh264enc", picture, sinks, elapsedMs: 11_000 }),
  };
  assert.deepEqual(eventsBetween(REPORT, now), [
    "Restarted after a failure",
    "Encoder: x264enc → nvh264enc",
    "Size: 1280×720 → 640×360",
    "rtp 127.0.0.1:5004: no answer",
  ]);
  const retrying: StreamReport = { ...REPORT, state: "retrying", reason: "it has failed" };
  assert.deepEqual(eventsBetween(REPORT, retrying), ["listening → retrying: it has failed"]);
});

Deno.test("the addresses of a stream are complete command lines", () => {
  const addresses = addressesOf(REPORT, { protocol: "https:", host: "rig:9100" });
  const byLabel = Object.fromEntries(addresses.map(({ label, value }) => [label, value]));
  assert.match(byLabel["ffplay"] ?? "", /^ffplay .* \/tmp\/front\.sdp$/);
  assert.match(byLabel["GStreamer, at 192.0.2.7:5004"] ?? "", /port=5004 .*encoding-name=H264,/);
  assert.equal(byLabel["WebSocket"], "wss://rig:9100/api/v1/streams/front/live");
});
