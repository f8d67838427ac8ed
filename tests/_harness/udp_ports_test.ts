import assert from "node:assert/strict";
import { Child } from "./child.ts";
import { TimeLimit } from "./time_limit.ts";
import { UdpDrain } from "./udp_drain.ts";
import { freeUdpPorts, untilUdpBound } from "./udp_ports.ts";

Deno.test("untilUdpBound() resolves for a bound port, and rejects if the receiver ends first", async () => {
  using limit = new TimeLimit(10);
  const port = freeUdpPorts();
  await using ended = new Child({ name: "true", command: "true", args: [], signal: limit.signal });
  await assert.rejects(untilUdpBound(port, ended, limit.signal), /true ended before it had bound/);
  await using _drain = await UdpDrain.bind(port);
  await using receiver = new Child({
    name: "sleep",
    command: "sleep",
    args: ["60"],
    signal: limit.signal,
  });
  await untilUdpBound(port, receiver, limit.signal);
});
