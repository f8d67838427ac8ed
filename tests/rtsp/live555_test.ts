/**
 * What VLC sends, and how it reads the answers. Debian's VLC is built without live555, the library with which VLC plays
 * RTSP, so its requests are replayed and the answers are read with the patterns of its `sscanf()` calls.
 *
 * @module
 */
import "../../ffi/_open_libraries.ts";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { parseRtpPacket } from "../../src/rtp/rtp_packet.ts";
import { type Answer, RawClient } from "../../src/rtsp/_raw_client.ts";
import { TimeLimit } from "../_harness/time_limit.ts";
import { freeUdpPorts } from "../_harness/udp_ports.ts";
import { Workspace } from "../_harness/workspace.ts";
import { RtspCamera } from "./_rtsp_camera.ts";

const AGENT = "LibVLC/3.0.20 (LIVE555 Streaming Media v2016.11.28)";

function md5(text: string): string {
  return createHash("md5").update(text).digest("hex");
}

/** A client that remembers the challenge, like live555, and uses the URL of the stream for every Digest. */
class Live555 implements Disposable {
  readonly #client: RawClient;
  #realm: string | undefined;
  #nonce = "";
  baseUrl: string;

  constructor(client: RawClient, url: string) {
    this.#client = client;
    this.baseUrl = url;
  }

  async ask(
    method: string,
    url: string,
    headers: Readonly<Record<string, string>>,
  ): Promise<Answer> {
    const answer = await this.#send(method, url, headers);
    const challenge = answer.headers.get("www-authenticate")?.split("\n") ?? [];
    // A later Digest replaces an earlier one.
    const digest = challenge.findLast((line) => line.startsWith("Digest"));
    const [, realm, nonce] = /^Digest realm="([^"]*)", nonce="([^"]*)"/.exec(digest ?? "") ?? [];
    if (answer.status !== 401 || realm === undefined || nonce === undefined) return answer;
    [this.#realm, this.#nonce] = [realm, nonce];
    return await this.#send(method, url, headers);
  }

  #send(method: string, url: string, headers: Readonly<Record<string, string>>): Promise<Answer> {
    const authorization = this.#realm === undefined ? {} : {
      Authorization: `Digest username="viewer", realm="${this.#realm}", nonce="${this.#nonce}", ` +
        `uri="${this.baseUrl}", response="${this.#response(method, this.#realm)}"`,
    };
    return this.#client.ask(method, url, { ...authorization, "User-Agent": AGENT, ...headers });
  }

  #response(method: string, realm: string): string {
    return md5(
      `${md5(`viewer:${realm}:secret`)}:${this.#nonce}:${md5(`${method}:${this.baseUrl}`)}`,
    );
  }

  [Symbol.dispose](): void {
    this.#client[Symbol.dispose]();
  }
}

for (const transport of ["udp", "tcp"] as const) {
  Deno.test(`the requests of VLC over ${transport}, with a password, get packets`, async () => {
    using limit = new TimeLimit(60);
    using workspace = new Workspace();
    const users = workspace.path("users");
    Deno.writeTextFileSync(users, "# who may watch\nviewer:secret\n");
    const flags = ["--codec", "h264", "--rtsp-users-file", users];
    await using camera = await RtspCamera.start(flags, limit.signal);
    const raw = await RawClient.connect(camera.port);
    using client = new Live555(raw, camera.url);
    assert.equal((await client.ask("OPTIONS", camera.url, {})).status, 200);
    const described = await client.ask("DESCRIBE", camera.url, { Accept: "application/sdp" });
    assert.equal(described.status, 200);
    client.baseUrl = described.headers.get("content-base")!;
    const media = /^m=video (\d+) RTP\/AVP (\d+)/m.exec(described.body);
    assert.deepEqual(media?.slice(1), ["0", "96"]);
    assert.match(described.body, /^a=rtpmap:96 H264\/90000\r$/m);
    const [, control] = /^m=[\s\S]*^a=control:(\S+)/m.exec(described.body) ?? [];

    const port = freeUdpPorts();
    const socket = createSocket("udp4");
    using _socket = { [Symbol.dispose]: () => void socket.close() };
    socket.bind(port, "127.0.0.1");
    await once(socket, "listening");
    const set = await client.ask("SETUP", `${client.baseUrl}${control}`, {
      Transport: transport === "tcp"
        ? "RTP/AVP/TCP;unicast;interleaved=0-1"
        : `RTP/AVP;unicast;client_port=${port}-${port + 1}`,
    });
    assert.equal(set.status, 200);
    const fields = set.headers.get("transport")!.split(";");
    const wanted = transport === "tcp" ? /^interleaved=(\d+)-(\d+)$/ : /^server_port=(\d+)-(\d+)$/;
    assert.ok(fields.some((field) => wanted.test(field)), fields.join(";"));
    const [Session = ""] = set.headers.get("session")!.split(";");

    const first = once(socket, "message");
    const played = await client.ask("PLAY", client.baseUrl, { Session, Range: "npt=0.000-" });
    assert.equal(played.status, 200);
    const [, seq] = /(?:^|;)seq=(\d+)/.exec(played.headers.get("rtp-info") ?? "") ?? [];
    const next = async (): Promise<Uint8Array> => {
      for (;;) {
        const message = await raw.next();
        assert.ok(message?.kind === "packet");
        if (message.channel === 0) return message.bytes;
      }
    };
    const packet = transport === "tcp" ? await next() : (await first)[0] as Uint8Array;
    assert.equal(parseRtpPacket(packet).sequenceNumber, Number(seq));
    assert.equal((await client.ask("GET_PARAMETER", client.baseUrl, { Session })).status, 200);
    assert.equal((await client.ask("TEARDOWN", client.baseUrl, { Session })).status, 200);
    assert.ok(camera.streamer.log.lines.every((line) => !/secret/.test(line)));
  });
}
