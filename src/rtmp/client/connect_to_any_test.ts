import assert from "node:assert/strict";
import { connectToAny } from "./connect_to_any.ts";

const NEVER = new AbortController().signal;

Deno.test("connectToAny tries the next address if one has no listener", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  for (const addresses of [["::1", "127.0.0.1"], ["127.0.0.2", "::1", "127.0.0.1"]]) {
    using connection = await connectToAny(
      "camera.test",
      port,
      NEVER,
      () => Promise.resolve(addresses),
    );
    assert.equal(connection.remoteAddr.hostname, "127.0.0.1");
    (await listener.accept()).close();
  }
  await assert.rejects(
    connectToAny("camera.test", port, NEVER, () => Promise.resolve(["::1", "127.0.0.2"])),
    /^Error: ::1: .*; 127\.0\.0\.2: Connection refused/,
  );
  await assert.rejects(
    connectToAny("camera.test", port, NEVER, () => Promise.resolve(["127.0.0.2"])),
    Deno.errors.ConnectionRefused,
  );
  await assert.rejects(
    connectToAny("camera.test", port, NEVER, () => Promise.resolve([])),
    /camera.test has no address/,
  );
});

Deno.test("connectToAny does not wait for a silent address", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  // TEST-NET-1 (RFC 5737): nothing answers there, or the system refuses at once.
  using connection = await connectToAny(
    "camera.test",
    port,
    NEVER,
    () => Promise.resolve(["192.0.2.1", "127.0.0.1"]),
  );
  assert.equal(connection.remoteAddr.hostname, "127.0.0.1");
  (await listener.accept()).close();
});

Deno.test("connectToAny can be aborted", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const over = new AbortController();
  over.abort(new Error("enough"));
  await assert.rejects(
    connectToAny("127.0.0.1", listener.addr.port, over.signal),
    /enough/,
  );
});
