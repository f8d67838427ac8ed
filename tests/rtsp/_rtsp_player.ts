import assert from "node:assert/strict";
import { parseRtpPacket } from "../../src/rtp/rtp_packet.ts";
import { RawClient } from "../../src/rtsp/_raw_client.ts";
import type { RtspCamera } from "./_rtsp_camera.ts";

/** Plays over TCP, and returns the time from the connection to the first packet in milliseconds. */
export async function play(
  camera: RtspCamera,
): Promise<{ readonly client: RawClient; readonly firstMs: number }> {
  const startedMs = performance.now();
  const client = await RawClient.connect(camera.port);
  await client.ask("DESCRIBE", camera.url);
  const { headers } = await client.ask("SETUP", `${camera.url}stream=0`, {
    Transport: "RTP/AVP/TCP;unicast;interleaved=0-1",
  });
  const Session = headers.get("session")!.split(";")[0]!;
  assert.equal((await client.ask("PLAY", camera.url, { Session })).status, 200);
  // Up to the end of the key frame.
  for (let isWhole = false; !isWhole;) {
    const message = await client.next();
    assert.ok(message?.kind === "packet");
    if (message.channel === 0) isWhole = parseRtpPacket(message.bytes).marker;
  }
  return { client, firstMs: performance.now() - startedMs };
}

/** Counts packets, and those that are missing between them, until the connection ends. */
export class PacketReader {
  /** Packets received. */
  packets = 0;
  /** Packets that are missing between them. */
  missing = 0;
  /** Resolves at the end of the connection. */
  readonly done: Promise<void>;
  #last: number | undefined;

  constructor(client: RawClient) {
    this.done = this.#read(client);
  }

  async #read(client: RawClient): Promise<void> {
    for (let message = await client.next(); message !== undefined; message = await client.next()) {
      if (message.kind !== "packet" || message.channel !== 0) continue;
      const { sequenceNumber } = parseRtpPacket(message.bytes);
      if (this.#last !== undefined) this.missing += (sequenceNumber - this.#last - 1) & 0xffff;
      this.#last = sequenceNumber;
      this.packets++;
    }
  }
}
