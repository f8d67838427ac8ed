import "../../ffi/_open_libraries.ts";
import assert from "node:assert/strict";
import { FrontDoor } from "./front_door.ts";

/** A server with a front door; answers with the path of each request. */
class Bench implements AsyncDisposable {
  readonly #path = `\0cvmmap-front-door-test-${crypto.randomUUID()}`;
  readonly #server: Deno.HttpServer = Deno.serve(
    { path: this.#path, onListen: () => {} },
    (request) => new Response(new URL(request.url).pathname),
  );
  readonly door: FrontDoor;

  constructor(maxConnections: number, silenceMs: number) {
    const host = "127.0.0.1";
    const limits = { maxConnections, silenceMs };
    this.door = FrontDoor.open({
      host,
      port: 0,
      tls: undefined,
      path: () => this.#path,
      ...limits,
    });
  }

  connect(): Promise<Deno.TcpConn> {
    return Deno.connect({ hostname: "127.0.0.1", port: this.door.port });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.door[Symbol.asyncDispose]();
    await this.#server.shutdown();
  }
}

/** Sends a request, and returns all bytes until the server closes the connection. */
async function exchange(connection: Deno.Conn, text: string): Promise<string> {
  await connection.write(new TextEncoder().encode(text));
  return await new Response(connection.readable).text();
}

const REQUEST = "GET /hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

Deno.test("requests reach the server, and a client may close its side first", async () => {
  await using bench = new Bench(8, 10_000);
  const text = await exchange(await bench.connect(), REQUEST);
  assert.match(text, /^HTTP\/1\.1 200 OK\r\n[^]*\/hello$/);
});

Deno.test("of too many connections the newest are closed, until others have gone", async () => {
  await using bench = new Bench(2, 10_000);
  const idle = [await bench.connect(), await bench.connect()];
  const refused = await bench.connect();
  // Closed without an answer.
  assert.equal(await refused.read(new Uint8Array(1)), null);
  refused.close();
  idle[0]?.close();
  while (bench.door.connections > 1) await new Promise((resolve) => setTimeout(resolve, 1));
  assert.match(await exchange(await bench.connect(), REQUEST), /hello$/);
  idle[1]?.close();
});

Deno.test("a client that never ends its request is disconnected", async () => {
  await using bench = new Bench(8, 200);
  const text = await exchange(await bench.connect(), "GET /hello HTTP/1.1\r\nX-Slow: ");
  assert.equal(text, "");
  assert.equal(bench.door.connections, 0);
});

Deno.test("disposal closes connections that are open", async () => {
  const bench = new Bench(8, 10_000);
  const connection = await bench.connect();
  while (bench.door.connections === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  await bench[Symbol.asyncDispose]();
  assert.equal(await connection.read(new Uint8Array(1)), null);
  connection.close();
});

Deno.test("a client that resets its connection does not take the place of another", async () => {
  await using bench = new Bench(1, 10_000);
  const client = new Deno.Command("python3", {
    args: [
      "-c",
      "import socket, struct, sys\n" +
      "s = socket.create_connection(('127.0.0.1', int(sys.argv[1])))\n" +
      "s.send(b'GET /hello HTTP/1.1\\r\\nX: ')\n" +
      "s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))\n" +
      "s.close()\n",
      `${bench.door.port}`,
    ],
  });
  assert.ok((await client.output()).success);
  let text = "";
  // Until the reset has arrived, the place is taken.
  while (text === "") text = await exchange(await bench.connect(), REQUEST).catch(() => "");
  assert.match(text, /hello$/);
});
