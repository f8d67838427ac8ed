import "../../../ffi/_open_libraries.ts";
import assert from "node:assert/strict";
import { SocketFile, stalledWrite } from "../../../ffi/_stalled_write.ts";
import { certificate } from "../../_certificate_testing.ts";
import { TestServer } from "../_test_server.ts";
import { RtmpSession } from "./client_session.ts";
import { openTransport } from "./transport.ts";
import { parseRtmpUrl } from "../url.ts";

Deno.test("RtmpSession publishes over TLS to a trusted server only", async () => {
  const tls = await certificate();
  await using server = new TestServer({ tls });
  const url = parseRtmpUrl(`rtmps://127.0.0.1:${server.port}/live/key`);
  {
    await using session = await RtmpSession.open(url, { caCerts: [tls.cert] });
    session.send({ type: "video", timestampMs: 0, payload: new Uint8Array(200_000) });
  }
  await server.until(() => server.names.includes("deleteStream"));
  assert.equal(server.messages.find(({ typeId }) => typeId === 9)?.payload.length, 200_000);
  await assert.rejects(RtmpSession.open(url), {
    code: "rtmp_connect",
    message: /cannot be reached: .*certificate/,
  });
});

Deno.test("openTransport limits the time for TLS and can be aborted", async () => {
  const held: Deno.Conn[] = [];
  const accepted = Promise.withResolvers<void>();
  await using server = new TestServer({
    handle: (stream) => {
      held.push(stream);
      accepted.resolve();
      return Promise.resolve();
    },
  });
  const url = parseRtmpUrl(`rtmps://127.0.0.1:${server.port}/live/key`);
  await assert.rejects(openTransport(url, { timeoutMs: 50 }), {
    name: "RtmpConnectionError",
    code: "rtmp_timeout",
    message: `The RTMP server 127.0.0.1:${server.port} does not answer within 50 ms`,
  });
  const controller = new AbortController();
  const opening = openTransport(url, { timeoutMs: 60_000, signal: controller.signal });
  opening.catch(() => {});
  await accepted.promise;
  controller.abort(new Error("enough"));
  await assert.rejects(opening, /enough/);
  for (const stream of held) stream.close();
});

Deno.test("openTransport connects to a host name", async () => {
  await using server = new TestServer();
  const url = parseRtmpUrl(`rtmp://localhost:${server.port}/live/key`);
  const transport = await openTransport(url, { timeoutMs: 5000 });
  transport.close();
});

for (
  const [what, subjectAltName, ca, trusted, hint] of [
    ["an unknown authority", "IP:127.0.0.1", "FALSE", false, /DENO_CERT=FILE/],
    ["an authority's own certificate", "IP:127.0.0.1", "TRUE", true, /CA:FALSE/],
    ["a certificate for another name", "DNS:example.org", "FALSE", true, /subjectAltName=/],
  ] as const
) {
  Deno.test(`openTransport gives a hint for ${what}`, async () => {
    const tls = await certificate(subjectAltName, ca);
    await using server = new TestServer({ tls });
    const url = parseRtmpUrl(`rtmps://127.0.0.1:${server.port}/live/key`);
    await assert.rejects(
      openTransport(url, { timeoutMs: 5000, ...(trusted && { caCerts: [tls.cert] }) }),
      { code: "rtmp_connect", message: hint },
    );
  });
}

Deno.test("a connection to a server that reads nothing returns its file when it is closed", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const url = parseRtmpUrl(`rtmp://127.0.0.1:${listener.addr.port}/live/key`);
  const accepted = listener.accept();
  const transport = await openTransport(url, { timeoutMs: 5000 });
  using server = await accepted;
  const file = new SocketFile(server.remoteAddr.port, server.localAddr.port);
  const { writing } = await stalledWrite(transport);
  transport.close();
  await assert.rejects(writing);
  assert.ok(!file.isOpen());
});
