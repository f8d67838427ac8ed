import assert from "node:assert/strict";
import { rtpReceiverTesterConfiguration } from "./rtp_receiver_tester.ts";

Deno.test("rtpReceiverTesterConfiguration fills in every default", () => {
  assert.deepEqual(rtpReceiverTesterConfiguration(new Map()), {
    receiver: {
      host: "0.0.0.0",
      port: 5004,
      expectPt: 96,
      packetThreshold: 1,
      timeoutMs: 10_000,
      identity: false,
    },
    json: false,
    log: { level: "info", format: "text" },
  });
});

Deno.test("rtpReceiverTesterConfiguration takes a value for every flag", () => {
  const given = new Map<string, string | true>([
    ["host", "::1"],
    ["port", "6000"],
    ["expect-pt", "127"],
    ["packet-threshold", "100"],
    ["timeout-ms", "500"],
    ["codec", "h265"],
    ["identity", true],
    ["json", true],
  ]);
  const { receiver, json } = rtpReceiverTesterConfiguration(given);
  assert.deepEqual(receiver, {
    host: "::1",
    port: 6000,
    expectPt: 127,
    packetThreshold: 100,
    timeoutMs: 500,
    identity: true,
    codec: "h265",
  });
  assert.equal(json, true);
});

for (const [name, value] of [["port", "0"], ["expect-pt", "128"], ["timeout-ms", "0"]] as const) {
  Deno.test(`rtpReceiverTesterConfiguration refuses --${name} ${value}`, () => {
    assert.throws(() => rtpReceiverTesterConfiguration(new Map([[name, value]])), {
      code: "invalid_configuration",
    });
  });
}
