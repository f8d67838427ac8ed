import "../../ffi/_open_libraries.ts";
import assert from "node:assert/strict";
import {
  encodeMetadata,
  encodeStatusMessage,
  encodeSyncMessage,
  METADATA_SIZE,
} from "../../src/contract/mod.ts";
import { type TestBuffer, TestConsumer, WritableSegment } from "../../src/ingest/_testing.ts";
import { zeroIngestCounters } from "../../src/ingest/counters.ts";
import { Ingest } from "../../src/ingest/ingest.ts";
import type { Frame } from "../../src/ingest/picture.ts";
import { readFrameCells } from "../../src/simulator/frame_cells.ts";
import { frameMetadata } from "../../src/simulator/frame_metadata.ts";
import { sizeOf } from "../../src/simulator/picture_geometry.ts";
import { TestPicture } from "../../src/simulator/test_picture.ts";
import { TimeLimit } from "../_harness/time_limit.ts";
import { Workspace } from "../_harness/workspace.ts";
import { Peer } from "../peers/peer.ts";

const GEOMETRY = { width: 320, height: 240, pixelFormat: "bgr" } as const;
const LABEL = "node";
const STARTS = 4;
const FRAMES = 10;
const INTERVAL_MS = 20;

function hex(message: Uint8Array<ArrayBuffer>): string {
  return Array.from(message, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Writes a frame into the segment according to the contract, and lets the peer announce it. */
async function publish(
  segment: WritableSegment,
  picture: TestPicture,
  peer: Peer,
  frameCount: number,
): Promise<void> {
  const timestampNs = BigInt(Date.now()) * 1_000_000n;
  const publication = { frameCount, timestampNs, sequence: BigInt(frameCount) };
  picture.paint(segment.bytes.subarray(METADATA_SIZE), frameCount);
  encodeMetadata(frameMetadata("v2", GEOMETRY, publication), segment.bytes);
  await peer.write(sync(frameCount));
}

function sync(frameCount: number): string {
  return hex(encodeSyncMessage({ frameCount, timestampNs: 0n, label: LABEL }));
}

/** Starts a publisher, and waits until it has a subscriber, so that no message is lost. */
async function subscribedPeer(endpoint: string): Promise<Peer> {
  const peer = Peer.start("zmq_publisher.mjs", [endpoint]);
  let line = await peer.next();
  while (line["subscribers"] !== 1) line = await peer.next();
  return peer;
}

async function checkRestarts(shmName: string, zmqEndpoint: string): Promise<void> {
  using limit = new TimeLimit(60);
  using segment = new WritableSegment(shmName, METADATA_SIZE + sizeOf(GEOMETRY));
  const picture = new TestPicture(GEOMETRY);
  const consumer = new TestConsumer();
  const counters = zeroIngestCounters();
  const end = new AbortController();
  const reading = {
    source: { shmName, zmqEndpoint },
    queueSize: 1,
    maxFrames: 0,
    idleTimeoutMs: 0,
  };
  const signal = AbortSignal.any([limit.signal, end.signal]);
  const ended = new Ingest(reading, consumer, counters).run(signal);
  try {
    for (let start = 0; start < STARTS; start++) {
      await using peer = await subscribedPeer(zmqEndpoint);
      await peer.write(hex(encodeStatusMessage({ status: "stream_reset", label: LABEL })));
      for (let frameCount = 0; frameCount < FRAMES; frameCount++) {
        const read = new Promise<Frame<TestBuffer>>((resolve) => {
          consumer.onFrame = (frame) => frame.frameCount === frameCount && resolve(frame);
        });
        await publish(segment, picture, peer, frameCount);
        const repetition = setInterval(() => peer.write(sync(frameCount)), INTERVAL_MS);
        const frame = await Promise.race([read, ended]).finally(() => clearInterval(repetition));
        assert.ok(typeof frame !== "string", `reading ended: ${frame}`);
        assert.equal(frame.frameCount, frameCount);
        assert.equal(readFrameCells(frame.buffer.luma), frameCount);
        // Wait like a camera: without time between frames none can be read.
        await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
      }
    }
    assert.ok(counters.received >= STARTS * FRAMES);
    assert.equal(counters.reset, STARTS);
    assert.equal(counters.invalidMessages, 0);
  } finally {
    end.abort();
    await ended;
  }
}

Deno.test("Ingest follows npm:zeromq under Node over ipc, restarts included", async () => {
  using workspace = new Workspace();
  await checkRestarts(workspace.shmName, workspace.zmqEndpoint);
});

Deno.test("Ingest follows npm:zeromq under Node over tcp, restarts included", async () => {
  using workspace = new Workspace();
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  await checkRestarts(workspace.shmName, `tcp://127.0.0.1:${port}`);
});
