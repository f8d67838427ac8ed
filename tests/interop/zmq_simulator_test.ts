import "../../ffi/_open_libraries.ts";
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { decodeMessage, type Message } from "../../src/contract/mod.ts";
import { runSimulator, type SimulatorOptions } from "../../src/simulator/simulator.ts";
import { Peer } from "../peers/peer.ts";

const LABEL = "a label of all 24 bytes.";

function options(zmqEndpoint: string): SimulatorOptions {
  return {
    label: LABEL,
    frames: 0,
    fps: 200,
    width: 64,
    height: 48,
    shmName: `cvmmap_test_${crypto.randomUUID()}`,
    zmqEndpoint,
    abi: "v2",
    pixelFormat: "gray",
    startupDelayMs: 0,
  };
}

async function nextMessage(subscriber: Peer): Promise<Message> {
  for (;;) {
    const { hex } = await subscriber.next();
    if (typeof hex === "string") return decodeMessage(Buffer.from(hex, "hex"));
  }
}

/** Returns the frame numbers up to the producer's offline message. */
async function framesUntilOffline(
  subscriber: Peer,
  onFrame: (count: number) => void,
): Promise<number[]> {
  const frames: number[] = [];
  for (;;) {
    const { type, message } = await nextMessage(subscriber);
    assert.equal(message.label, LABEL);
    if (type === "sync") onFrame(frames.push(message.frameCount));
    else if (message.status === "offline") return frames;
  }
}

/** Frames that the subscriber must receive before the simulator is stopped. */
const FRAMES = 20;

async function checkRestarts(endpoint: string): Promise<void> {
  await using subscriber = Peer.start("zmq_subscriber.mjs", [endpoint]);
  for (let start = 0; start < 3; start++) {
    const enough = new AbortController();
    const simulation = runSimulator(options(endpoint), enough.signal);
    const seen = await framesUntilOffline(subscriber, (count) => {
      if (count === FRAMES) enough.abort();
    });
    const { framesPublished } = await simulation;
    // The subscriber may miss the first frames, but none after the first that it receives.
    const first = seen[0] ?? 0;
    assert.deepEqual(
      seen,
      Array.from({ length: framesPublished - first }, (_, i) => first + i),
    );
  }
}

Deno.test("npm:zeromq under Node follows the simulator over ipc, restarts included", async () => {
  const path = await Deno.makeTempDir({ prefix: "cvmmap_test_" });
  try {
    await checkRestarts(`ipc://${path}/sync`);
    assert.deepEqual(
      [...Deno.readDirSync(path)],
      [],
      "the socket's file is removed",
    );
  } finally {
    await Deno.remove(path, { recursive: true });
  }
});

Deno.test("npm:zeromq under Node follows the simulator over tcp, restarts included", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  await checkRestarts(`tcp://127.0.0.1:${port}`);
});
