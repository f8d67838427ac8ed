import assert from "node:assert/strict";
import * as fc from "fast-check";
import { parseTransport } from "./transport_header.ts";

const tcp = (channels?: readonly [number, number], profile = "RTP/AVP") => ({
  kind: "tcp",
  profile,
  channels,
});
const udp = (ports: readonly [number, number], profile = "RTP/AVP") => ({
  kind: "udp",
  profile,
  ports,
});

for (
  const [text, wanted] of [
    // As sent by FFmpeg, live555, GStreamer, and a client that leaves the choice to the server.
    ["RTP/AVP/TCP;unicast;interleaved=0-1", [tcp([0, 1])]],
    ["RTP/AVP/UDP;unicast;client_port=24690-24691", [udp([24690, 24691])]],
    ["RTP/AVP;unicast;client_port=5000-5001", [udp([5000, 5001])]],
    ['RTP/AVPF/TCP;unicast;interleaved=2-3;mode="PLAY"', [tcp([2, 3], "RTP/AVPF")]],
    ["RTP/AVP;unicast;client_port=5000-5001,RTP/AVP/TCP;unicast", [udp([5000, 5001]), tcp()]],
    ["RTP/AVP;unicast;client_port=5000", [udp([5000, 5001])]],
    ["rtp/avp/tcp;unicast;interleaved=0-1", [tcp([0, 1], "rtp/avp")]],
    ["RTP/AVP;multicast;port=5000-5001", []],
    ["RTP/AVP/TCP;unicast;interleaved=0-1;mode=record", []],
    ["RTP/SAVP;unicast;client_port=5000-5001", []],
    ["RTP/AVP;unicast", []],
    ["RTP/AVP;unicast;client_port=80-81", []],
    ["RTP/AVP;unicast;client_port=65535", []],
    ["RTP/AVP;unicast;client_port=5000-5000", []],
    ["RTP/AVP/TCP;interleaved=255", []],
    ["RTP/AVP/TCP;interleaved=1000-1001", []],
    ["", []],
  ] as const
) {
  Deno.test(`the transport ${JSON.stringify(text)} gives ${wanted.length} alternatives`, () => {
    assert.deepEqual(parseTransport(text), wanted);
  });
}

Deno.test("a transport of any text gives only ports and channels in their ranges", () => {
  const parts = fc.constantFrom(
    "RTP/AVP",
    "/TCP",
    ";",
    ",",
    "client_port=",
    "interleaved=",
    "-",
    "99999",
    "7",
    "x",
  );
  fc.assert(fc.property(fc.array(parts), (texts) => {
    for (const transport of parseTransport(texts.join(""))) {
      const [numbers, max] = transport.kind === "tcp"
        ? [transport.channels ?? [], 255]
        : [transport.ports, 65_535];
      for (const number of numbers) assert.ok(number >= 0 && number <= max);
    }
  }));
});
