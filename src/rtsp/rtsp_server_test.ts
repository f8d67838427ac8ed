import "../../ffi/_open_libraries.ts";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { parseRtcp } from "../rtp/rtcp_parse.ts";
import { parseRtpPacket } from "../rtp/rtp_packet.ts";
import { certificate } from "../_certificate_testing.ts";
import { ClientPort, RtspBench, TCP, udp } from "./_bench.ts";
import { RawClient } from "./_raw_client.ts";

Deno.test("OPTIONS lists the methods", async () => {
  await using bench = await RtspBench.open();
  using client = await bench.connect();
  const { status, headers } = await client.ask("OPTIONS", "*");
  assert.equal(status, 200);
  assert.match(headers.get("public")!, /DESCRIBE, SETUP, PLAY, TEARDOWN/);
  assert.equal(headers.get("cseq"), "1");
});

Deno.test("DESCRIBE waits for a key frame, and describes the stream", async () => {
  await using bench = await RtspBench.open();
  using client = await bench.connect();
  const { status, headers, body } = await bench.describe(client);
  assert.equal(status, 200);
  assert.equal(headers.get("content-base"), `${bench.url}/`);
  assert.equal(headers.get("content-type"), "application/sdp");
  for (
    const line of [
      "c=IN IP4 0.0.0.0",
      "m=video 0 RTP/AVP 96 97",
      "a=control:stream=0",
      "a=rtcp-fb:96 nack",
      "a=fmtp:97 apt=96;rtx-time=1000",
    ]
  ) assert.ok(body.split("\r\n").includes(line), `${line} in\n${body}`);
});

Deno.test("packets begin with the key frame that was asked for, whose first packet RTP-Info names", async () => {
  await using bench = await RtspBench.open();
  using client = await bench.connect();
  const session = await bench.setUp(client);
  bench.camera.give(2);
  const { status, headers } = await bench.play(client, session);
  assert.equal(status, 200);
  assert.equal(headers.get("range"), "npt=now-");
  const [, url, seq, rtptime] =
    /^url=(\S+);seq=(\d+);rtptime=(\d+)$/.exec(headers.get("rtp-info") ?? "") ?? [];
  assert.equal(url, `${bench.url}/stream=0`);
  assert.equal(bench.camera.keyFrameRequests, 1);
  bench.camera.give(3);
  const received = await Promise.all(Array.from({ length: 6 }, () => client.next()));
  const [report, first, ...others] = [...client.packets, ...received].map((message) => {
    assert.ok(message?.kind === "packet");
    return message;
  });
  assert.equal(report?.channel, 1);
  assert.equal(parseRtcp(report.bytes)[0]?.type, "sender-report");
  assert.equal(first?.channel, 0);
  const packet = parseRtpPacket(first.bytes);
  assert.deepEqual([packet.sequenceNumber, packet.timestamp], [Number(seq), Number(rtptime)]);
  const numbers = [first, ...others].map(({ bytes }) => parseRtpPacket(bytes).sequenceNumber);
  assert.deepEqual(numbers, numbers.map((_, i) => (Number(seq) + i) & 0xffff));
});

Deno.test("a session ends by TEARDOWN with a BYE, and by the end of its connection", async () => {
  await using bench = await RtspBench.open();
  using client = await bench.connect();
  const session = await bench.setUp(client);
  await bench.play(client, session);
  const { status } = await client.ask("TEARDOWN", bench.url, { Session: session });
  assert.equal(status, 200);
  const last = client.packets.at(-1)!;
  assert.equal(last.channel, 1);
  assert.ok(parseRtcp(last.bytes).some(({ type }) => type === "bye"));
  assert.equal(bench.server.sessions, 0);
  assert.equal((await client.ask("PLAY", bench.url, { Session: session })).status, 454);
  await bench.setUp(client);
  assert.equal(bench.server.sessions, 1);
  client[Symbol.dispose]();
  // Its end is noticed when something is read or written.
  while (bench.server.connections > 0) await new Promise((resolve) => setTimeout(resolve));
  assert.equal(bench.server.sessions, 0);
});

Deno.test("the end of a stream says BYE and closes the connection", async () => {
  await using bench = await RtspBench.open();
  using client = await bench.connect();
  await bench.play(client, await bench.setUp(client));
  await bench.camera.end();
  let last: Uint8Array | undefined;
  for (let message = await client.next(); message !== undefined; message = await client.next()) {
    if (message.kind === "packet" && message.channel === 1) last = message.bytes;
  }
  assert.ok(parseRtcp(last!).some(({ type }) => type === "bye"));
  assert.equal(bench.server.sessions, 0);
});

Deno.test("a session over UDP gets its packets from the announced ports", async () => {
  await using bench = await RtspBench.open();
  using client = await bench.connect();
  using rtp = await ClientPort.open();
  const received = rtp.next();
  await bench.describe(client);
  const { headers } = await client.ask("SETUP", `${bench.url}/stream=0`, {
    Transport: udp(rtp.port),
  });
  const [, serverPort] = /;server_port=(\d+)-\d+;/.exec(headers.get("transport")!) ?? [];
  const [session] = headers.get("session")!.split(";");
  await bench.play(client, session!);
  const [datagram, from] = await received;
  assert.equal(from.port, Number(serverPort));
  assert.match(headers.get("transport")!, /^RTP\/AVP;unicast;client_port=\d+-\d+;server_port=/);
  const ssrc = /ssrc=([0-9A-F]{8})/.exec(headers.get("transport")!)![1]!;
  assert.equal(parseRtpPacket(datagram).ssrc, parseInt(ssrc, 16));
});

for (const host of ["0.0.0.0", "::"]) {
  Deno.test(`a server at ${host} sends over UDP from the address that the client has connected to`, async () => {
    await using bench = await RtspBench.open({ host });
    // The route to 127.0.0.1 would choose 127.0.0.1.
    using client = await bench.connect("127.0.0.2");
    using rtp = await ClientPort.open();
    const received = rtp.next();
    await bench.play(client, await bench.setUp(client, udp(rtp.port)));
    const [, from] = await received;
    assert.equal(from.address, "127.0.0.2");
  });
}

for (
  const [what, transports, transport] of [
    ["UDP, if only TCP is on", ["tcp"], "RTP/AVP;unicast;client_port=5000-5001"],
    ["TCP, if only UDP is on", ["udp"], TCP],
    ["multicast", ["tcp", "udp"], "RTP/AVP;multicast"],
    ["nothing", ["tcp", "udp"], ""],
  ] as const
) {
  Deno.test(`SETUP for ${what} is refused with 461`, async () => {
    await using bench = await RtspBench.open({ transports });
    using client = await bench.connect();
    const { status } = await client.ask("SETUP", bench.url, { Transport: transport });
    assert.equal(status, 461);
  });
}

for (
  const [what, method, path, headers, status] of [
    ["PAUSE", "PAUSE", "", {}, 405],
    ["RECORD", "RECORD", "", {}, 405],
    ["an unknown method", "DANCE", "", {}, 501],
    ["an unknown stream", "DESCRIBE", "2", {}, 404],
    ["a path with two names", "DESCRIBE", "/a/b", {}, 404],
    ["another format", "DESCRIBE", "", { Accept: "text/plain" }, 406],
    ["an extension", "SETUP", "", { Require: "www.onvif.org/ver20/backchannel" }, 551],
    ["an unknown session", "PLAY", "", { Session: "1234567890" }, 454],
    ["no session", "PLAY", "", {}, 454],
    ["no number", "OPTIONS", "", { CSeq: "x" }, 400],
  ] as const
) {
  Deno.test(`${method} with ${what} is answered with ${status}`, async () => {
    await using bench = await RtspBench.open();
    using client = await bench.connect();
    assert.equal((await client.ask(method, `${bench.url}${path}`, headers)).status, status);
    // The connection can still be used.
    assert.equal((await client.ask("OPTIONS", "*")).status, 200);
  });
}

Deno.test("a stream that does not run is answered with 503", async () => {
  await using bench = await RtspBench.open();
  bench.camera.runs = false;
  using client = await bench.connect();
  assert.equal((await client.ask("DESCRIBE", bench.url)).status, 503);
});

Deno.test("keep-alives are answered, and there are no parameters", async () => {
  await using bench = await RtspBench.open();
  using client = await bench.connect();
  const session = await bench.setUp(client);
  for (const method of ["GET_PARAMETER", "SET_PARAMETER", "OPTIONS"]) {
    assert.equal((await client.ask(method, bench.url, { Session: session })).status, 200);
  }
  await client.send(
    `GET_PARAMETER ${bench.url} RTSP/1.0\r\nCSeq: 9\r\nContent-Length: 8\r\n\r\nposition`,
  );
  assert.equal((await client.answer()).status, 451);
});

Deno.test("what is not RTSP ends the connection with an answer", async () => {
  await using bench = await RtspBench.open();
  using client = await bench.connect();
  await client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  assert.equal((await client.answer()).status, 505);
  assert.equal(await client.next(), undefined);
});

Deno.test("with users, everything but OPTIONS needs a password, and a replayed Digest is refused", async () => {
  await using bench = await RtspBench.open({ users: new Map([["viewer", "secret"]]) });
  using client = await bench.connect();
  assert.equal((await client.ask("OPTIONS", "*")).status, 200);
  for (const method of ["DESCRIBE", "SETUP", "PLAY", "GET_PARAMETER"]) {
    const { status, headers } = await client.ask(method, bench.url);
    assert.equal(status, 401, method);
    assert.match(headers.get("www-authenticate")!, /^Digest .*\nDigest .*MD5.*\nBasic realm/);
  }
  const { headers } = await client.ask("DESCRIBE", bench.url);
  const nonce = /nonce="(\w+)"/.exec(headers.get("www-authenticate")!)![1]!;
  const md5 = (text: string): string => createHash("md5").update(text).digest("hex");
  const request = md5(`DESCRIBE:${bench.url}`);
  const response = md5(`${md5("viewer:cvmmap-streamer:secret")}:${nonce}:${request}`);
  const Authorization = `Digest username="viewer", realm="cvmmap-streamer", nonce="${nonce}", ` +
    `uri="${bench.url}", response="${response}"`;
  assert.equal((await bench.describe(client, { Authorization })).status, 200);
  using other = await bench.connect();
  const replayed = await other.ask("DESCRIBE", bench.url, { Authorization });
  assert.equal(replayed.status, 401);
  assert.match(replayed.headers.get("www-authenticate")!, /stale=true/);
});

Deno.test("five wrong passwords end the connection", async () => {
  await using bench = await RtspBench.open({ users: new Map([["viewer", "secret"]]) });
  using client = await bench.connect();
  const Authorization = `Basic ${btoa("viewer:wrong")}`;
  for (let i = 0; i < 5; i++) {
    assert.equal((await client.ask("DESCRIBE", bench.url, { Authorization })).status, 401);
  }
  assert.equal(await client.next(), undefined);
});

Deno.test("the root stands for the only stream", async () => {
  await using bench = await RtspBench.open();
  using client = await bench.connect();
  const root = `rtsp://127.0.0.1:${bench.server.port}`;
  const { status, headers } = await bench.describe(client, {}, `${root}/`);
  assert.deepEqual([status, headers.get("content-base")], [200, `${root}/`]);
  const { status: setUp } = await client.ask("SETUP", `${root}/stream=0`, { Transport: TCP });
  assert.equal(setUp, 200);
});

Deno.test("the server stops listening and says goodbye when it is disposed", async () => {
  const bench = await RtspBench.open();
  using client = await bench.connect();
  await bench.play(client, await bench.setUp(client));
  const { port } = bench.server;
  await bench[Symbol.asyncDispose]();
  let isGoodbye = false;
  for (let message = await client.next(); message !== undefined; message = await client.next()) {
    if (message.kind === "packet" && message.channel === 1) {
      isGoodbye = parseRtcp(message.bytes).some(({ type }) => type === "bye");
    }
  }
  assert.ok(isGoodbye);
  assert.equal(bench.camera.sinks.size, 0);
  await assert.rejects(RawClient.connect(port));
});

Deno.test("with TLS, the end of a connection is announced, and a client without TLS is disconnected", async () => {
  const tls = await certificate();
  await using bench = await RtspBench.open({ tls });
  const { port } = bench.server;
  using client = await Deno.connectTls({ hostname: "127.0.0.1", port, caCerts: [tls.cert] });
  await client.write(new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n"));
  const received: string[] = [];
  const bytes = new Uint8Array(1000);
  // Without the announcement, this throws.
  for (let count = await client.read(bytes); count !== null; count = await client.read(bytes)) {
    received.push(new TextDecoder().decode(bytes.subarray(0, count)));
  }
  assert.match(received.join(""), /^RTSP\/1\.0 505 /);
  using plain = await RawClient.connect(port);
  await plain.send("OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n");
  // Only an alert of TLS.
  assert.equal(await plain.next(), undefined);
});
