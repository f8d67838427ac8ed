import assert from "node:assert/strict";
import { NotifySocket } from "../../ffi/notify_socket.ts";
import { StreamerError } from "../../src/errors.ts";
import { TimeLimit } from "../_harness/time_limit.ts";
import { Workspace } from "../_harness/workspace.ts";
import { NotifyListener } from "./_notify_listener.ts";

for (const kind of ["path", "abstract name"] as const) {
  Deno.test(`NotifySocket sends a whole message to the manager's ${kind}, from this process`, async () => {
    using limit = new TimeLimit(20);
    using workspace = new Workspace();
    const address = kind === "path" ? workspace.path("notify") : `@${workspace.path("notify")}`;
    await using listener = await NotifyListener.at(address, limit.signal);
    using socket = new NotifySocket(address);
    assert.equal(await socket.send("READY=1\nSTATUS=é"), true);
    const { pid, lines } = await listener.waitFor("READY=1");
    assert.deepEqual({ pid, lines }, { pid: Deno.pid, lines: ["READY=1", "STATUS=é"] });
  });
}

Deno.test("NotifySocket waits for a manager that does not read, but not forever", async () => {
  using limit = new TimeLimit(20);
  using workspace = new Workspace();
  await using _listener = await NotifyListener.at(
    workspace.path("notify"),
    limit.signal,
    "blocked",
  );
  using socket = new NotifySocket(workspace.path("notify"));
  let taken = 0;
  let startedMs = performance.now();
  while (await socket.send("WATCHDOG=1")) {
    assert.ok(++taken < 100_000, "the socket's queue has no limit");
    startedMs = performance.now();
  }
  const tookMs = performance.now() - startedMs;
  assert.ok(tookMs > 500 && tookMs < 10_000, `gave up after ${tookMs} ms`);
});

Deno.test("NotifySocket.send() returns false if there is no manager", async () => {
  using workspace = new Workspace();
  using socket = new NotifySocket(workspace.path("absent"));
  assert.equal(await socket.send("READY=1"), false);
});

Deno.test("NotifySocket refuses an invalid Unix socket address with one line", () => {
  for (const name of ["", "@", "relative", "vsock:2:1234", "/nul\0", `/${"x".repeat(107)}`]) {
    assert.throws(
      () => new NotifySocket(name),
      (error) => error instanceof StreamerError && !error.message.includes("\n"),
      name,
    );
  }
  new NotifySocket(`/${"x".repeat(106)}`)[Symbol.dispose]();
});
