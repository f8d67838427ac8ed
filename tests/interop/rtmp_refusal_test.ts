import assert from "node:assert/strict";
import type { Child } from "../_harness/child.ts";
import { freeTcpPort, untilListening } from "../_harness/tcp_ports.ts";
import { TimeLimit } from "../_harness/time_limit.ts";
import { Workspace } from "../_harness/workspace.ts";
import { startNginxRtmp } from "./_nginx_rtmp.ts";
import { KEY, linesWithKey, startPublisher } from "./_rtmp_publisher.ts";
import { startPeer } from "./_rtmp_viewer.ts";

const STREAM = { codec: "h264", width: 640, height: 360, frames: 0 } as const;

/** Starts node-media-server 2, and waits until it listens on `port`. */
async function startMediaServer(
  port: number,
  secrets: readonly string[],
  workspace: Workspace,
  signal: AbortSignal,
): Promise<Child> {
  const args = ["2", `${port}`, `${freeTcpPort()}`, workspace.directory, ...secrets];
  const server = startPeer("media_server.mjs", args, "lines", signal);
  try {
    await untilListening(port, server, signal);
    return server;
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
}

Deno.test("a refusal by node-media-server is logged once with its message, and ends a run without reconnection", async () => {
  using limit = new TimeLimit(60);
  using workspace = new Workspace();
  const port = freeTcpPort();
  await using _server = await startMediaServer(port, ["secret"], workspace, limit.signal);
  const refusal =
    "The RTMP server refused publish: NetStream.publish.Unauthorized: Authorization required.";
  const url = `rtmp://127.0.0.1:${port}/live/${KEY}?sign=1-${KEY}`;
  const noReconnect = { ...STREAM, url, flags: ["--no-rtmp-reconnect"] };
  await using once = startPublisher(noReconnect, limit.signal);
  assert.equal((await once.ended).code, 7);
  assert.equal(once.log.lines.at(-1), `cvmmap-streamer: ${refusal}`);

  const flags = ["--log-level", "debug"];
  await using reconnecting = startPublisher({ ...STREAM, url, flags }, limit.signal);
  await reconnecting.log.waitFor(new RegExp(`WARN .*${refusal}; trying again until it works`));
  await reconnecting.log.waitFor(new RegExp(`DEBUG .*${refusal}; trying again until it works`));
  await reconnecting.end("SIGINT");
  await reconnecting.succeeded();
  assert.equal(reconnecting.log.lines.filter((line) => /WARN rtmp/.test(line)).length, 1);
  for (const publisher of [once, reconnecting]) assert.deepEqual(linesWithKey(publisher), []);
});

Deno.test("a publisher whose key is in use retries, and publishes when the other one has left", async () => {
  using limit = new TimeLimit(60);
  using workspace = new Workspace();
  const port = freeTcpPort();
  await using _server = await startMediaServer(port, [], workspace, limit.signal);
  const url = `rtmp://127.0.0.1:${port}/live/${KEY}`;
  await using first = startPublisher({ ...STREAM, url }, limit.signal);
  await first.log.waitFor(/the server takes the stream/);

  await using second = startPublisher({ ...STREAM, url }, limit.signal);
  // This server closes the connection before it sends the reason.
  await second.log.waitFor(
    /WARN .*instead of answering publish.*; trying again until it works/,
  );
  await first.end("SIGINT");
  await first.succeeded();
  await second.log.waitFor(/the server takes the stream/);
  await second.end("SIGINT");
  await second.succeeded();
  for (const publisher of [first, second]) assert.deepEqual(linesWithKey(publisher), []);
});

Deno.test("a refusal by nginx-rtmp, which closes without a message, ends a run without reconnection", async () => {
  using limit = new TimeLimit(60);
  using workspace = new Workspace();
  const nginx = await startNginxRtmp(workspace, limit.signal);
  await using server = nginx.child;
  await using publisher = startPublisher({
    ...STREAM,
    url: `rtmp://127.0.0.1:${nginx.port}/closed/${KEY}`,
    flags: ["--no-rtmp-reconnect"],
  }, limit.signal);
  assert.equal((await publisher.ended).code, 1);
  assert.match(
    publisher.log.lines.at(-1) ?? "",
    /^cvmmap-streamer: The RTMP (server closed the connection|connection was lost)/,
  );
  assert.deepEqual(linesWithKey(publisher), []);
  // The stream was refused by the rule, and did not fail for another reason.
  assert.ok(server.log.lines.some((line) => /access forbidden by rule/.test(line)));
});
