import assert from "node:assert/strict";
import { type ServiceEnvironment, serviceEnvironment } from "./service_notifier.ts";

function environment(variables: Readonly<Record<string, string>>): ServiceEnvironment {
  return serviceEnvironment((name) => variables[name], 42);
}

Deno.test("serviceEnvironment() expects no notifications without NOTIFY_SOCKET", () => {
  assert.deepEqual(environment({}), { notifySocket: undefined, watchdogMs: undefined });
  assert.deepEqual(environment({ NOTIFY_SOCKET: "" }), {
    notifySocket: undefined,
    watchdogMs: undefined,
  });
});

Deno.test("serviceEnvironment() reads the watchdog interval, for this process or for any", () => {
  const NOTIFY_SOCKET = "@manager";
  const WATCHDOG_USEC = "10000000";
  const wanted = { notifySocket: "@manager", watchdogMs: 10_000 };
  assert.deepEqual(environment({ NOTIFY_SOCKET, WATCHDOG_USEC }), wanted);
  assert.deepEqual(environment({ NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID: "42" }), wanted);
});

Deno.test("serviceEnvironment() ignores a watchdog of another process or without a valid interval", () => {
  for (
    const variables of [
      { WATCHDOG_USEC: "10000000", WATCHDOG_PID: "43" },
      { WATCHDOG_USEC: "0" },
      { WATCHDOG_USEC: "soon" },
      { WATCHDOG_USEC: "" },
    ]
  ) {
    assert.equal(environment(variables).watchdogMs, undefined, JSON.stringify(variables));
  }
});
