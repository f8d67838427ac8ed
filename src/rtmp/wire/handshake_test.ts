import assert from "node:assert/strict";
import fc from "fast-check";
import { Handshake, HANDSHAKE_BYTES } from "./handshake.ts";
import { RtmpError } from "../rtmp_error.ts";

Deno.test("Handshake sends C0 and C1 of the specification, with random content", () => {
  const [one, other] = [new Handshake("client"), new Handshake("client")].map((side) =>
    side.takeOutput()
  );
  assert.equal(one?.length, 1537);
  assert.deepEqual([...one.subarray(0, 9)], [3, 0, 0, 0, 0, 0, 0, 0, 0]);
  assert.notDeepEqual(one, other);
});

Deno.test("Handshake completes on both sides, however the bytes are split", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3100 }), (step) => {
      const client = new Handshake("client");
      const server = new Handshake("server");
      const pass = (from: Handshake, to: Handshake): void => {
        const bytes = from.takeOutput();
        for (let at = 0; at < bytes.length; at += step) to.push(bytes.subarray(at, at + step));
      };
      pass(client, server);
      assert.equal(server.done, false);
      pass(server, client);
      assert.ok(client.done && client.echoed);
      pass(client, server);
      assert.ok(server.done && server.echoed);
    }),
    { numRuns: 30 },
  );
});

Deno.test("Handshake echoes S1 in C2 and does not consume the chunks after S2", () => {
  const client = new Handshake("client");
  client.takeOutput();
  const fromServer = crypto.getRandomValues(new Uint8Array(HANDSHAKE_BYTES + 5));
  fromServer[0] = 3;
  assert.equal(client.push(fromServer), HANDSHAKE_BYTES);
  assert.deepEqual(client.takeOutput(), fromServer.slice(1, 1537));
  // S2 is accepted even if it is not an echo but a digest.
  assert.ok(client.done && !client.echoed);
  assert.equal(client.push(fromServer), 0);
});

Deno.test("Handshake refuses other versions", () => {
  for (const version of [0, 6, 0x48]) {
    assert.throws(() => new Handshake("client").push(Uint8Array.of(version)), {
      name: "RtmpError",
      code: "rtmp_version",
      message: new RegExp(`first byte is ${version}, 3 is expected`),
    });
  }
});

Deno.test("Handshake consumes any bytes or throws an RtmpError", () => {
  fc.assert(fc.property(fc.constantFrom("client", "server"), fc.uint8Array(), (role, bytes) => {
    try {
      assert.equal(new Handshake(role).push(bytes), bytes.length);
    } catch (error) {
      assert.ok(error instanceof RtmpError);
    }
  }));
});
