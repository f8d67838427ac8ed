import "../../ffi/_open_libraries.ts";
import assert from "node:assert/strict";
import { StreamerError } from "../errors.ts";
import type { ResolvedEndpoint } from "./endpoint.ts";
import { AddressWatcher } from "./address_watcher.ts";

const ENDPOINT = { host: "camera.test", port: 5004 };
const at = (address: string): ResolvedEndpoint => ({ address, family: 4, port: 5004 });

function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

Deno.test("AddressWatcher reports a new address once", async () => {
  const moved: string[] = [];
  let address = "192.0.2.1";
  let lookups = 0;
  await using watcher = new AddressWatcher(ENDPOINT, at("192.0.2.1"), {
    onMoved: (receiver) => Promise.resolve(void moved.push(receiver.address)),
    onFailure: assert.fail,
  }, () => {
    lookups++;
    return Promise.resolve(at(address));
  }, 0);
  for (const next of ["192.0.2.1", "192.0.2.2", "192.0.2.2"]) {
    address = next;
    watcher.check();
    await turn();
  }
  assert.deepEqual([lookups, moved], [3, ["192.0.2.2"]]);
});

Deno.test("AddressWatcher keeps the address when a lookup fails, and reports other failures", async () => {
  const failures: string[] = [];
  const answers = [
    () => Promise.reject(new StreamerError("", { code: "host_not_found" })),
    () => Promise.resolve(at("192.0.2.9")),
  ];
  await using watcher = new AddressWatcher(
    ENDPOINT,
    at("192.0.2.1"),
    {
      onMoved: () => Promise.reject(new StreamerError("no socket", { code: "udp_open_failed" })),
      onFailure: ({ message }) => failures.push(message),
    },
    () => answers.shift()!(),
    0,
  );
  watcher.check();
  await turn();
  watcher.check();
  await turn();
  assert.deepEqual(failures, ["no socket"]);
});

Deno.test("AddressWatcher looks up the name at most once every two seconds", async () => {
  await using watcher = new AddressWatcher(ENDPOINT, at("192.0.2.1"), {
    onMoved: () => assert.fail(),
    onFailure: assert.fail,
  }, () => assert.fail("looked up too early"));
  for (let i = 0; i < 10; i++) watcher.check();
});
