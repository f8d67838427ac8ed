import "./_open_libraries.ts";
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { StreamerError } from "../src/errors.ts";
import { RtcpSocket } from "./rtcp_socket.ts";

function datagram(...bytes: number[]): Parameters<RtcpSocket["send"]>[0] {
  return {
    bytes: Uint8Array.from(bytes),
    offsets: Uint32Array.of(0),
    lengths: Uint32Array.of(bytes.length),
    count: 1,
  };
}

for (const address of ["127.0.0.1", "::1"]) {
  Deno.test(`RtcpSocket sends to ${address} and receives from any of its ports`, async () => {
    const family = address === "::1" ? "udp6" : "udp4";
    const [receiver, stranger] = [createSocket(family), createSocket(family)];
    await new Promise<void>((resolve) => receiver.bind({ address, port: 0 }, resolve));
    const other = address === "::1" ? "::1" : "127.0.0.9";
    await new Promise<void>((resolve) => stranger.bind({ address: other, port: 0 }, resolve));
    const heard: number[][] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    const beganUs = Date.now() * 1000;
    {
      await using socket = await RtcpSocket.open(
        address,
        receiver.address().port,
        (packet, arrivedUs) => {
          assert.ok(arrivedUs >= beganUs);
          heard.push([...packet]);
          if (packet[0] === 3) resolve();
        },
      );
      const came = new Promise<Uint8Array>((resolve) => receiver.once("message", resolve));
      assert.deepEqual(socket.send(datagram(1, 2)), { sent: 1, dropped: 0, errors: 0 });
      assert.deepEqual([...await came], [1, 2]);
      // Only the IPv4 loopback has more than one address.
      if (family === "udp4") stranger.send(Uint8Array.of(9), socket.localPort, address);
      receiver.send(Uint8Array.of(3, 4), socket.localPort, address);
      await promise;
    }
    assert.deepEqual(heard, [[3, 4]]);
    for (const it of [receiver, stranger]) {
      await new Promise<void>((resolve) => it.close(() => resolve()));
    }
  });
}

Deno.test("RtcpSocket gives the reason why it cannot be opened", async () => {
  const open = (address: string, localPort = 0): Promise<RtcpSocket> =>
    RtcpSocket.open(address, 9, () => {}, { localPort });
  await assert.rejects(open("localhost"), /Cannot send to localhost port 9: Invalid argument$/);
  await using taken = await open("127.0.0.1");
  await assert.rejects(open("127.0.0.1", taken.localPort), (error) => {
    assert.ok(error instanceof StreamerError);
    assert.match(
      error.message,
      new RegExp(`from port ${taken.localPort}: Address already in use$`),
    );
    return error.code === "udp_open_failed";
  });
});
