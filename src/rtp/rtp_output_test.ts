import "../../ffi/_open_libraries.ts";
import assert from "node:assert/strict";
import { CONTEXT } from "../publish/_testing.ts";
import { rtp } from "./rtp_output.ts";

/** Counts the UDP sockets of this machine that are connected to a port (proc(5), /proc/net/udp). */
function socketsTo(port: number): number {
  const remote = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return ["udp", "udp6"].flatMap((name) => {
    const lines = Deno.readTextFileSync(`/proc/net/${name}`).trim().split("\n").slice(1);
    return lines.filter((line) => line.trim().split(/\s+/)[2]?.endsWith(remote));
  }).length;
}

Deno.test("an RTP output that is closed while it opens, and opened again, leaks no socket", async () => {
  // A port below the ephemeral range, so that no other socket is connected to it.
  const port = 1024 + crypto.getRandomValues(new Uint16Array(1))[0]! % 20_000;
  const output = rtp({ endpoint: `localhost:${port}` });
  const first = output.open?.(CONTEXT);
  await output[Symbol.asyncDispose]?.();
  await Promise.all([first, output.open?.(CONTEXT)]);
  assert.equal(socketsTo(port), 1);
  await output[Symbol.asyncDispose]?.();
  assert.equal(socketsTo(port), 0);
});
