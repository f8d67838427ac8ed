import "./_open_libraries.ts";
import assert from "node:assert/strict";
import { ZmqPublisher } from "./zmq.ts";

const path = `/tmp/cvmmap_test_${crypto.randomUUID()}`;

/** Creates a socket file without a listener, like a killed process leaves. */
function leaveSocket(): void {
  const listener = Deno.listen({ transport: "unix", path: `${path}.listening` });
  Deno.renameSync(`${path}.listening`, path);
  listener.close();
}

Deno.test("ZmqPublisher removes its socket file, and replaces a stale one", async () => {
  leaveSocket();
  assert.ok(Deno.lstatSync(path).isSocket);
  {
    using publisher = await ZmqPublisher.bind(`ipc://${path}`);
    assert.ok(publisher.send(new Uint8Array([1, 2, 3])), "sending does not wait for a subscriber");
  }
  assert.throws(() => Deno.lstatSync(path), Deno.errors.NotFound);
});

Deno.test("ZmqPublisher refuses to replace a file that is not a socket", async () => {
  Deno.writeTextFileSync(path, "precious");
  try {
    await assert.rejects(
      ZmqPublisher.bind(`ipc://${path}`),
      /its path is an existing file that is not a socket/,
    );
    assert.equal(Deno.readTextFileSync(path), "precious");
  } finally {
    Deno.removeSync(path);
  }
});

Deno.test("ZmqPublisher does not remove a file that has replaced its socket file", async () => {
  {
    using _publisher = await ZmqPublisher.bind(`ipc://${path}`);
    Deno.removeSync(path);
    Deno.writeTextFileSync(path, "another's");
  }
  assert.equal(Deno.readTextFileSync(path), "another's");
  Deno.removeSync(path);
});

for (const endpoint of [`ipc://${path}`, "tcp://127.0.0.1:*"]) {
  Deno.test(`ZmqPublisher refuses an endpoint in use: ${endpoint.slice(0, 3)}`, async () => {
    using publisher = await ZmqPublisher.bind(endpoint);
    await assert.rejects(
      ZmqPublisher.bind(publisher.endpoint),
      { code: "invalid_zmq_endpoint", message: /another process is bound to it/ },
    );
    assert.ok(publisher.send(new Uint8Array(48)));
  });
}

for (
  const [endpoint, reason] of [
    ["ipc:///tmp/no/such/directory/x", /its directory does not exist/],
    [`ipc:///tmp/${"x".repeat(120)}`, /longer than the 107 bytes/],
    ["somewhere", /: expected ipc:/],
    ["", /: expected ipc:/],
    ["http://localhost:80", /: unsupported transport, expected ipc:/],
    ["tcp://192.0.2.1:4000", /no network interface has this address/],
    ["tcp://127.0.0.1:*\0", /: expected ipc:/],
  ] as const
) {
  Deno.test(`ZmqPublisher refuses the endpoint ${JSON.stringify(endpoint.slice(0, 40))}`, async () => {
    await assert.rejects(ZmqPublisher.bind(endpoint), {
      code: "invalid_zmq_endpoint",
      message: reason,
    });
  });
}

Deno.test("ZmqPublisher sends nothing after it was closed", async () => {
  const publisher = await ZmqPublisher.bind(`ipc://${path}`);
  publisher[Symbol.dispose]();
  publisher[Symbol.dispose]();
  assert.equal(publisher.send(new Uint8Array(1)), false);
});
