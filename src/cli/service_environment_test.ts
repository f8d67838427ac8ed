import assert from "node:assert/strict";
import { serviceEnvironment } from "./service_environment.ts";

function read(variables: Readonly<Record<string, string>>): ReturnType<typeof serviceEnvironment> {
  return serviceEnvironment((name) => variables[name], 42);
}

Deno.test("without a service manager there is nothing to tell", () => {
  assert.deepEqual(read({}), { notifySocket: undefined, watchdogMs: undefined });
  assert.deepEqual(read({ NOTIFY_SOCKET: "" }), {
    notifySocket: undefined,
    watchdogMs: undefined,
  });
});

Deno.test("the watchdog is given in microseconds, for one process or for any", () => {
  const NOTIFY_SOCKET = "@manager";
  const WATCHDOG_USEC = "10000000";
  const wanted = { notifySocket: "@manager", watchdogMs: 10_000 };
  assert.deepEqual(read({ NOTIFY_SOCKET, WATCHDOG_USEC }), wanted);
  assert.deepEqual(read({ NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID: "42" }), wanted);
});

Deno.test("a watchdog of another process, or without a time, is none", () => {
  for (
    const variables of [
      { WATCHDOG_USEC: "10000000", WATCHDOG_PID: "43" },
      { WATCHDOG_USEC: "0" },
      { WATCHDOG_USEC: "soon" },
      { WATCHDOG_USEC: "" },
    ]
  ) {
    assert.equal(read(variables).watchdogMs, undefined, JSON.stringify(variables));
  }
});
