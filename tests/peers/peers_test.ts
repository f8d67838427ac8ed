import assert from "node:assert/strict";
import { Peer } from "./peer.ts";

Deno.test("the peers under Node understand each other", async () => {
  await using publisher = Peer.start("zmq_publisher.mjs", [
    "tcp://127.0.0.1:*",
  ]);
  const { bound } = await publisher.next();
  assert.ok(typeof bound === "string");
  await using subscriber = Peer.start("zmq_subscriber.mjs", [bound]);
  assert.deepEqual(await subscriber.next(), { connected: bound });
  assert.deepEqual(await publisher.next(), { subscribers: 1 });
  await publisher.write("00ff");
  assert.equal((await subscriber.next())["hex"], "00ff");
});
