import "./_open_libraries.ts";
import assert from "node:assert/strict";
import { SocketFile, stalledWrite } from "./_stalled_write.ts";
import denoJson from "../deno.json" with { type: "json" };
import { limitUnsent, sendAtOnce, shutDown } from "./tcp.ts";

/** Returns the bytes that the system accepts for a peer that does not read. */
async function taken(hostname: string, limit?: number): Promise<number> {
  const listener = Deno.listen({ hostname, port: 0 });
  const here = await Deno.connect({ hostname, port: (listener.addr as Deno.NetAddr).port });
  const there = await listener.accept();
  if (limit !== undefined) assert.ok(limitUnsent(here, limit));
  let bytes = 0;
  const piece = new Uint8Array(64 << 10);
  for (;;) {
    const length = await Promise.race([
      here.write(piece),
      new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), 200)),
    ]);
    if (length === undefined) break;
    bytes += length;
  }
  for (const resource of [here, there, listener]) resource.close();
  await new Promise((resolve) => setTimeout(resolve));
  return bytes;
}

for (const hostname of ["127.0.0.1", "::1"]) {
  Deno.test({
    name: `limitUnsent() reduces the bytes buffered for a peer at ${hostname} that does not read`,
    // A blocked write outlives its connection.
    sanitizeOps: false,
    fn: async () => {
      const [all, some] = [await taken(hostname), await taken(hostname, 32 << 10)];
      assert.ok(some < all / 2, `${some} of ${all} bytes`);
    },
  });
}

Deno.test("limitUnsent() works with the permissions of the command line tool", async () => {
  const flags = denoJson.tasks.streamer.command.split(" ").filter((part) =>
    part.startsWith("--allow-")
  );
  const code = `
    import { limitUnsent } from "${new URL("tcp.ts", import.meta.url)}";
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const connection = await Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port });
    if (!limitUnsent(connection, 32768)) Deno.exit(1);
    Deno.exit(0);`;
  const path = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(path, code);
    const { code: result, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--no-prompt", ...flags, path],
    }).output();
    assert.equal(result, 0, new TextDecoder().decode(stderr));
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("limitUnsent() returns false for an unknown connection", () => {
  const addr = (port: number): Deno.NetAddr => ({ transport: "tcp", hostname: "127.0.0.1", port });
  const connection = { localAddr: addr(1), remoteAddr: addr(2) } as Deno.TcpConn;
  assert.equal(limitUnsent(connection, 1), false);
});

Deno.test("sendAtOnce() finds the connection", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  using here = await Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port });
  using _there = await listener.accept();
  assert.ok(sendAtOnce(here));
  const [localAddr, remoteAddr] = [1, 2].map((port) => ({ hostname: "127.0.0.1", port }));
  assert.ok(!sendAtOnce({ localAddr: localAddr!, remoteAddr: remoteAddr! }));
});

for (const hostname of ["127.0.0.1", "::", "::1"]) {
  Deno.test(`shutDown() ends a connection of a server at ${hostname}, but not that of another client with the same port`, async () => {
    using listener = Deno.listen({ hostname, port: 0 });
    const { port } = listener.addr;
    using here = await Deno.connect({ hostname: hostname === "::" ? "127.0.0.1" : hostname, port });
    using there = await listener.accept();
    const { localAddr, remoteAddr } = there;
    for (const other of ["127.0.0.9", "::ffff:127.0.0.9", "::9"]) {
      shutDown({ localAddr, remoteAddr: { ...remoteAddr, hostname: other } });
      shutDown({ localAddr: { ...localAddr, hostname: other }, remoteAddr });
    }
    await here.write(Uint8Array.of(1));
    assert.equal(await there.read(new Uint8Array(9)), 1);
    shutDown(there);
    assert.equal(await here.read(new Uint8Array(9)), null);
  });
}

Deno.test("a connection that is shut down while the client reads nothing returns its file", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  using _client = await Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port });
  const connection = await listener.accept();
  const file = new SocketFile(connection.localAddr.port, connection.remoteAddr.port);
  const { writing } = await stalledWrite(connection);
  shutDown(connection);
  connection.close();
  await assert.rejects(writing);
  assert.ok(!file.isOpen());
});
