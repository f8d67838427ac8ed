import "./_open_libraries.ts";
import assert from "node:assert/strict";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { StreamerError } from "../src/errors.ts";
import type { Datagrams } from "./datagram_sender.ts";
import { type UdpLibrary, UdpSocket, udpSymbols } from "./udp.ts";

/** Compiles `native/udp.c` alone into a temporary directory. */
async function compiled(): Promise<{ library: UdpLibrary } & AsyncDisposable> {
  const directory = await Deno.makeTempDir();
  const sources = ["udp.c", "address.c"].map((file) =>
    new URL(`../native/${file}`, import.meta.url).pathname
  );
  const { success, stderr } = await new Deno.Command("cc", {
    args: [
      "-O2",
      "-Wall",
      "-Wextra",
      "-Werror",
      "-fPIC",
      "-shared",
      "-o",
      `${directory}/udp.so`,
      ...sources,
    ],
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  const library = Deno.dlopen(`${directory}/udp.so`, udpSymbols);
  return {
    library: library.symbols,
    async [Symbol.asyncDispose](): Promise<void> {
      library.close();
      await Deno.remove(directory, { recursive: true });
    },
  };
}

async function bound(address: string, port = 0): Promise<Socket> {
  const socket = createSocket(address.includes(":") ? "udp6" : "udp4");
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once("error", reject);
  socket.bind({ port, address }, resolve);
  await promise;
  return socket;
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.close(() => resolve()));
}

/** Makes datagrams of these lengths. Datagram i has bytes of the value i, after a gap of 3 bytes. */
function datagrams(lengths: number[]): Datagrams {
  const offsets = new Uint32Array(lengths.length);
  let end = 0;
  lengths.forEach((length, i) => {
    offsets[i] = end + 3;
    end += 3 + length;
  });
  const bytes = new Uint8Array(end).fill(255);
  lengths.forEach((length, i) => bytes.fill(i % 250, offsets[i], offsets[i]! + length));
  return { bytes, offsets, lengths: Uint32Array.from(lengths), count: lengths.length };
}

for (const address of ["127.0.0.1", "::1"]) {
  Deno.test(`UdpSocket sends all datagrams unchanged and in order to ${address}`, async () => {
    await using native = await compiled();
    const receiver = await bound(address);
    // More than one batch of 64, but few enough for the smallest usual receive buffer.
    const lengths = Array.from({ length: 70 }, (_, i) => 1 + (i * 37) % 1200);
    const received: Uint8Array[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    receiver.on("message", (datagram: Uint8Array) => {
      received.push(datagram.slice());
      if (received.length === lengths.length) resolve();
    });
    using socket = UdpSocket.connect(native.library, address, receiver.address().port);
    assert.deepEqual(socket.send(datagrams(lengths)), { sent: 70, dropped: 0, errors: 0 });
    await promise;
    assert.deepEqual(received.map(({ length }) => length), lengths);
    assert.ok(received.every((datagram, i) => datagram.every((byte) => byte === i % 250)));
    await closed(receiver);
  });
}

Deno.test("UdpSocket reports that no one listens, drops no datagram because of it, and recovers", async () => {
  await using native = await compiled();
  const gone = await bound("127.0.0.1");
  const { port } = gone.address();
  await closed(gone);
  using socket = UdpSocket.connect(native.library, "127.0.0.1", port);
  let errors = 0;
  for (let burst = 0; burst < 10; burst++) {
    const outcome = socket.send(datagrams(Array.from({ length: 30 }, () => 100)));
    // Each error belongs to an earlier datagram; the burst itself is sent completely.
    assert.deepEqual([outcome.sent, outcome.dropped], [30, 0]);
    errors += outcome.errors;
    if (burst > 0) assert.equal(outcome.trouble, "refused");
  }
  assert.ok(errors >= 9, `${errors} errors`);
  const receiver = await bound("127.0.0.1", port);
  socket.send(datagrams([1])); // Consumes the last of the earlier errors.
  const outcome = socket.send(datagrams([1]));
  assert.deepEqual(outcome, { sent: 1, dropped: 0, errors: 0 });
  await closed(receiver);
});

Deno.test("UdpSocket drops a datagram that is too large and sends the others", async () => {
  await using native = await compiled();
  const receiver = await bound("127.0.0.1");
  const received: number[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  receiver.on("message", ({ length }: Uint8Array) => {
    received.push(length);
    if (received.length === 2) resolve();
  });
  using socket = UdpSocket.connect(native.library, "127.0.0.1", receiver.address().port);
  assert.deepEqual(socket.send(datagrams([5, 65_508, 6])), {
    sent: 2,
    dropped: 1,
    errors: 1,
    trouble: "unreachable",
  });
  await promise;
  assert.deepEqual(received, [5, 6]);
  await closed(receiver);
});

Deno.test("UdpSocket sends from the local address and port", async () => {
  await using native = await compiled();
  const receiver = await bound("127.0.0.1");
  const other = await bound("127.0.0.2");
  const { port: localPort } = other.address();
  await closed(other);
  const received = once(receiver, "message");
  const { port } = receiver.address();
  const local = { localAddress: "127.0.0.2", localPort };
  using socket = UdpSocket.connect(native.library, "127.0.0.1", port, local);
  socket.send(datagrams([1]));
  const [, from] = await received;
  assert.deepEqual([from.address, from.port], ["127.0.0.2", localPort]);
  await closed(receiver);
  assert.throws(
    () => UdpSocket.connect(native.library, "127.0.0.1", 9, { localAddress: "192.0.2.1" }),
    /Cannot send to 127\.0\.0\.1 port 9 from 192\.0\.2\.1: Cannot assign requested address$/,
  );
  assert.throws(
    () => UdpSocket.connect(native.library, "127.0.0.1", 9, { localAddress: "::1", localPort: 9 }),
    /Cannot send to 127\.0\.0\.1 port 9 from ::1 port 9: /,
  );
});

Deno.test("UdpSocket refuses an invalid address, and drops datagrams when closed", async () => {
  await using native = await compiled();
  assert.throws(
    () => UdpSocket.connect(native.library, "localhost", 9),
    /Cannot send to localhost port 9: Invalid argument/,
  );
  assert.throws(
    () => UdpSocket.connect(native.library, "127.255.255.255", 9),
    (error) =>
      error instanceof StreamerError && error.code === "invalid_rtp_endpoint" &&
      /127\.255\.255\.255 port 9: it is a broadcast address/.test(error.message),
  );
  assert.throws(
    () => UdpSocket.connect(native.library, "::1%nowhere", 9),
    /Invalid argument; is the zone after % an interface of this machine\?$/,
  );
  const socket = UdpSocket.connect(native.library, "127.0.0.1", 9);
  socket[Symbol.dispose]();
  socket[Symbol.dispose]();
  assert.deepEqual(socket.send(datagrams([1, 2])), { sent: 0, dropped: 2, errors: 0 });
});
