import assert from "node:assert/strict";
import type { GivenFlags } from "./read_flags.ts";
import { rtmpStubTesterConfiguration } from "./rtmp_stub_tester.ts";

Deno.test("rtmpStubTesterConfiguration fills in every default", () => {
  assert.deepEqual(rtmpStubTesterConfiguration(new Map([["mode", "h264"]])), {
    server: {
      mode: "h264",
      host: "127.0.0.1",
      port: 1935,
      videoThreshold: 1,
      timeoutMs: 10_000,
      identity: false,
    },
    faults: {},
    refusePublish: false,
    json: false,
    log: { level: "info", format: "text" },
  });
});

Deno.test("rtmpStubTesterConfiguration takes a value for every flag", () => {
  const given: GivenFlags = new Map<string, string | true>([
    ["mode", "h265-domestic"],
    ["listen-host", "::1"],
    ["listen-port", "6000"],
    ["video-threshold", "100"],
    ["timeout-ms", "500"],
    ["stall-ms", "60000"],
    ["stall-after", "0"],
    ["drop-after", "30"],
    ["trickle-bytes-per-second", "1000"],
    ["refuse-publish", true],
    ["identity", true],
    ["json", true],
  ]);
  const { server, faults, refusePublish, json } = rtmpStubTesterConfiguration(given);
  assert.deepEqual(server, {
    mode: "h265-domestic",
    host: "::1",
    port: 6000,
    videoThreshold: 100,
    timeoutMs: 500,
    identity: true,
  });
  assert.deepEqual(faults, {
    stall: { afterMessages: 0, ms: 60_000 },
    dropAfter: 30,
    trickleBytesPerSecond: 1000,
  });
  assert.deepEqual([refusePublish, json], [true, true]);
});

const refused: readonly (readonly [Record<string, string>, RegExp])[] = [
  [{}, /^Missing --mode: expected h264, h265-enhanced or h265-domestic$/],
  [{ mode: "h265" }, /^Invalid --mode "h265": expected h264, h265-enhanced or h265-domestic$/],
  [{ mode: "h264", "listen-port": "0" }, /--listen-port "0"/],
  [{ mode: "h264", "video-threshold": "0" }, /--video-threshold "0"/],
  [{ mode: "h264", "drop-after": "0" }, /--drop-after "0"/],
  [{ mode: "h264", "stall-after": "3" }, /^--stall-after needs --stall-ms$/],
];
for (const [flags, message] of refused) {
  Deno.test(`rtmpStubTesterConfiguration refuses ${JSON.stringify(flags)}`, () => {
    assert.throws(() => rtmpStubTesterConfiguration(new Map(Object.entries(flags))), {
      message,
      code: "invalid_configuration",
    });
  });
}
