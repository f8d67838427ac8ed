import "../../ffi/_open_libraries.ts";
import assert from "node:assert/strict";
import { StreamerError } from "../errors.ts";
import type { ResolvedEndpoint } from "./endpoint.ts";
import { ReceiverWatch } from "./receiver_watch.ts";

const ENDPOINT = { host: "camera.test", port: 5004 };
const at = (address: string): ResolvedEndpoint => ({ address, family: 4, port: 5004 });

function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

Deno.test("ReceiverWatch tells of another address, once", async () => {
  const moved: string[] = [];
  let address = "192.0.2.1";
  let looks = 0;
  await using watch = new ReceiverWatch(ENDPOINT, at("192.0.2.1"), {
    onMoved: (receiver) => Promise.resolve(void moved.push(receiver.address)),
    onFailure: assert.fail,
  }, () => {
    looks++;
    return Promise.resolve(at(address));
  }, 0);
  for (const next of ["192.0.2.1", "192.0.2.2", "192.0.2.2"]) {
    address = next;
    watch.look();
    await turn();
  }
  assert.deepEqual([looks, moved], [3, ["192.0.2.2"]]);
});

Deno.test("ReceiverWatch stays where it was when a name cannot be looked up, and tells what else fails", async () => {
  const failures: string[] = [];
  const answers = [
    () => Promise.reject(new StreamerError("", { code: "host_not_found" })),
    () => Promise.resolve(at("192.0.2.9")),
  ];
  await using watch = new ReceiverWatch(
    ENDPOINT,
    at("192.0.2.1"),
    {
      onMoved: () => Promise.reject(new StreamerError("no way", { code: "udp_open_failed" })),
      onFailure: ({ message }) => failures.push(message),
    },
    () => answers.shift()!(),
    0,
  );
  watch.look();
  await turn();
  watch.look();
  await turn();
  assert.deepEqual(failures, ["no way"]);
});

Deno.test("ReceiverWatch looks no more than every two seconds, however often it is asked to", async () => {
  await using watch = new ReceiverWatch(ENDPOINT, at("192.0.2.1"), {
    onMoved: () => assert.fail(),
    onFailure: assert.fail,
  }, () => assert.fail("it was looked up just now"));
  for (let i = 0; i < 10; i++) watch.look();
});
