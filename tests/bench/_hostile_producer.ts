import { METADATA_SIZE, normalizeShmName } from "../../src/contract/mod.ts";
import { Producer } from "../../src/simulator/producer.ts";
import { mutatedBytes } from "../fuzz/_mutations.ts";
import { Random } from "../fuzz/_random.ts";

const INTERVAL_MS = 10;
const GEOMETRY = { width: 640, height: 360, pixelFormat: "bgr" } as const;

/** Publishes frames with mutated metadata, sizes and messages, and some valid ones between them, until it is killed. */
export async function runHostileProducer(shmName: string, zmqEndpoint: string): Promise<never> {
  const options = { shmName, zmqEndpoint, label: "hostile", abi: "v2" } as const;
  using producer = await Producer.open(options, GEOMETRY);
  const path = `/dev/shm/${normalizeShmName(shmName)}`;
  const size = Deno.statSync(path).size;
  const seed = crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
  for (let frame = 0;; frame++) {
    const random = new Random(seed, frame);
    producer.writePayload(frame);
    producer.writeMetadata(frame, BigInt(Date.now()) * 1_000_000n);
    disturb(random, path, size);
    if (random.below(3) === 0) producer.send(noise(random));
    producer.sendSync(random.below(3) === 0 ? random.u32() : frame, BigInt(random.u32()));
    await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
    // Nothing may be written beyond the end of the segment.
    Deno.truncateSync(path, size);
  }
}

/** Changes the metadata or the size of the segment, or neither. */
function disturb(random: Random, path: string, size: number): void {
  switch (random.below(4)) {
    case 0: {
      using file = Deno.openSync(path, { read: true, write: true });
      const metadata = new Uint8Array(METADATA_SIZE);
      file.readSync(metadata);
      file.seekSync(0, Deno.SeekMode.Start);
      file.writeSync(mutatedBytes(random, metadata, noise(random)).subarray(0, METADATA_SIZE));
      break;
    }
    case 1:
      Deno.truncateSync(path, random.below(2 * size));
      break;
  }
}

function noise(random: Random): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: random.size(512) }, () => random.below(256));
}
