import assert from "node:assert/strict";
import { Child } from "../_harness/child.ts";
import { TimeLimit } from "../_harness/time_limit.ts";
import { RtspCamera } from "./_rtsp_camera.ts";

/** Forwards connections to a server, and replaces the ports in requests by some that nothing listens at. */
class PortProxy implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #accepting: Promise<void>;

  constructor(port: number) {
    this.#accepting = this.#accept(port);
  }

  get port(): number {
    return this.#listener.addr.port;
  }

  async #accept(port: number): Promise<void> {
    for await (const client of this.#listener) {
      const server = await Deno.connect({ hostname: "127.0.0.1", port });
      const toUnused = new TransformStream<Uint8Array, Uint8Array>({
        transform: (bytes, controller) => {
          const text = new TextDecoder("latin1").decode(bytes);
          const changed = text.replace(/client_port=\d+-\d+/, "client_port=9000-9001");
          controller.enqueue(Uint8Array.from(changed, (letter) => letter.charCodeAt(0)));
        },
      });
      client.readable.pipeThrough(toUnused).pipeTo(server.writable).catch(() => {});
      server.readable.pipeTo(client.writable).catch(() => {});
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#accepting;
  }
}

Deno.test("FFmpeg plays over TCP if nothing arrives over UDP", async () => {
  using limit = new TimeLimit(60);
  await using camera = await RtspCamera.start(["--codec", "h264"], limit.signal);
  await using proxy = new PortProxy(camera.port);
  const url = `rtsp://127.0.0.1:${proxy.port}/`;
  await using player = new Child({
    name: "ffmpeg",
    command: "ffmpeg",
    // A second without packets.
    args: `-nostdin -loglevel warning -timeout 1000000 -i ${url} -frames:v 30 -f null -`.split(" "),
    signal: limit.signal,
  });
  assert.equal((await player.ended).code, 0, player.log.lines.join("\n"));
  assert.match(player.log.lines.join("\n"), /UDP timeout, retrying with TCP/);
  assert.match(camera.streamer.log.lines.join("\n"), /plays \S+ over UDP[\s\S]*plays \S+ over TCP/);
});
