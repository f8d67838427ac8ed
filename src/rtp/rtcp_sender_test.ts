import assert from "node:assert/strict";
import { RecordingSender } from "./_testing.ts";
import { parseRtcp } from "./rtcp_parse.ts";
import { RtcpSender } from "./rtcp_sender.ts";

Deno.test("RtcpSender sends reports until it is disposed, and then a BYE", async () => {
  const sender = new RecordingSender();
  let packets = 0;
  const progress = () => ({
    captureUnixUs: 0,
    rtpTimestamp: 0,
    packets: ++packets,
    payloadBytes: 0,
  });
  const reports = new RtcpSender(sender, 9, "name", progress, 5);
  const { promise, resolve } = Promise.withResolvers<void>();
  sender.onSend = () => {
    if (sender.datagrams.length === 3) resolve();
  };
  const keepAlive = setTimeout(() => {}, 60_000); // The report timer does not keep the process alive.
  reports.start();
  reports.start();
  await promise;
  clearTimeout(keepAlive);
  reports[Symbol.dispose]();
  reports[Symbol.dispose]();
  const counted = sender.datagrams.map((bytes) => {
    const [first] = parseRtcp(bytes);
    return first?.type === "sender-report" ? first.report.packets : undefined;
  });
  assert.deepEqual(counted, [1, 2, 3, 4]);
  assert.equal(parseRtcp(sender.datagrams[3]!).at(-1)?.type, "bye");
  assert.equal(reports.reports, 4);
});
