import "../../ffi/_open_libraries.ts";
import assert from "node:assert/strict";
import { SharedMemory } from "../../ffi/segment.ts";
import { decodeMetadata, leftPicture, type Metadata, PIXEL_FORMATS } from "../contract/mod.ts";
import { lumaOf } from "./_luma.ts";
import { readFrameCells } from "./frame_cells.ts";
import type { Abi } from "./frame_metadata.ts";
import type { PictureGeometry } from "./picture_geometry.ts";
import { Producer, type ProducerOptions } from "./producer.ts";
import { ProducerSegment } from "./producer_segment.ts";

function options(abi: Abi): ProducerOptions {
  const name = `cvmmap_test_${crypto.randomUUID()}`;
  return { shmName: name, zmqEndpoint: `ipc:///tmp/${name}`, label: "producer", abi };
}

function leftovers({ shmName, zmqEndpoint }: ProducerOptions): string[] {
  return [`/dev/shm/${shmName}`, zmqEndpoint.slice("ipc://".length)].filter((path) => {
    try {
      return Deno.lstatSync(path) !== undefined;
    } catch {
      return false;
    }
  });
}

/** Reads the file, like any other reader, instead of the producer's mapping. */
function readSegment(shmName: string): { metadata: Metadata; bytes: Uint8Array } {
  const bytes = Deno.readFileSync(`/dev/shm/${shmName}`);
  return { metadata: decodeMetadata(bytes, bytes.length), bytes };
}

function checkFrame(shmName: string, geometry: PictureGeometry, frameCount: number): Metadata {
  const { metadata, bytes } = readSegment(shmName);
  const picture = leftPicture(metadata);
  assert.equal(picture.frameCount, frameCount);
  assert.equal(picture.width, geometry.width);
  assert.equal(picture.height, geometry.height);
  assert.equal(picture.pixelFormat, geometry.pixelFormat);
  assert.equal(bytes.length, picture.offsetBytes + picture.sizeBytes);
  const { strideBytes } = picture;
  const luma = lumaOf(bytes.subarray(picture.offsetBytes), { ...geometry, strideBytes });
  assert.equal(readFrameCells(luma), frameCount);
  return metadata;
}

for (const abi of ["v1", "v2", "v2.1"] as const) {
  Deno.test(`Producer writes ${abi} metadata that the contract reads, in every pixel format`, async () => {
    for (const pixelFormat of PIXEL_FORMATS) {
      const where = options(abi);
      const geometry = { width: 64, height: 48, pixelFormat };
      using producer = await Producer.open(where, geometry);
      producer.publish(41, 1_700_000_000_000_000_000n);
      producer.publish(42, 1_700_000_000_033_000_000n);
      const metadata = checkFrame(where.shmName, geometry, 42);
      assert.equal(metadata.timestampNs, 1_700_000_000_033_000_000n);
      assert.equal(metadata.version, abi === "v1" ? "v1" : "v2");
      if (metadata.version === "v1") continue;
      assert.equal(metadata.minor, abi === "v2.1" ? 1 : 0);
      assert.equal(metadata.publishSequence, 2n);
    }
  });

  Deno.test(`Producer writes the stride to ${abi} metadata`, async () => {
    const where = options(abi);
    const geometry = { width: 64, height: 48, pixelFormat: "bgr", strideBytes: 256 } as const;
    using producer = await Producer.open(where, geometry);
    producer.publish(1);
    checkFrame(where.shmName, geometry, 1);
    assert.equal(leftPicture(readSegment(where.shmName).metadata).strideBytes, 256);
  });
}

Deno.test("Producer keeps its segment when the size and the format change", async () => {
  const where = options("v2");
  using producer = await Producer.open(where, { width: 64, height: 48, pixelFormat: "bgr" });
  const { ino } = Deno.statSync(`/dev/shm/${where.shmName}`);
  producer.publish(0);
  for (
    const geometry of [
      { width: 640, height: 360, pixelFormat: "bgra" },
      { width: 66, height: 50, pixelFormat: "yuyv" },
    ] as const
  ) {
    producer.reconfigure(geometry);
    producer.publish(7);
    checkFrame(where.shmName, geometry, 7);
  }
  assert.equal(Deno.statSync(`/dev/shm/${where.shmName}`).ino, ino);
});

Deno.test("Producer replaces the leftovers of a killed one, and removes its segment and socket", async () => {
  const where = options("v2");
  const geometry = { width: 64, height: 48, pixelFormat: "gray" } as const;
  const left = SharedMemory.create(where.shmName, 1000);
  assert.ok(typeof left !== "number");
  left[Symbol.dispose]();
  const path = where.zmqEndpoint.slice("ipc://".length);
  const listener = Deno.listen({ transport: "unix", path: `${path}.listening` });
  // Closing the listener removes its file, but not after it was renamed.
  Deno.renameSync(`${path}.listening`, path);
  listener.close();
  assert.equal(leftovers(where).length, 2);
  {
    using producer = await Producer.open(where, geometry);
    producer.publish(3);
    checkFrame(where.shmName, geometry, 3);
  }
  assert.deepEqual(leftovers(where), []);
});

Deno.test("Producer does not remove a segment that has replaced its own", async () => {
  const where = options("v2");
  const geometry = { width: 64, height: 48, pixelFormat: "gray" } as const;
  {
    using _producer = await Producer.open(where, geometry);
    const other = SharedMemory.create(where.shmName, 1000);
    assert.ok(typeof other !== "number");
    other[Symbol.dispose]();
  }
  assert.deepEqual(leftovers(where), [`/dev/shm/${where.shmName}`]);
  Deno.removeSync(`/dev/shm/${where.shmName}`);
});

Deno.test("Producer refuses the endpoint of a running one and keeps that one's segment", async () => {
  const where = options("v2");
  const geometry = { width: 64, height: 48, pixelFormat: "gray" } as const;
  {
    using producer = await Producer.open(where, geometry);
    await assert.rejects(Producer.open(where, geometry), /another process is bound to it/);
    producer.publish(9);
    checkFrame(where.shmName, geometry, 9);
  }
  assert.deepEqual(leftovers(where), []);
});

Deno.test("Producer leaves no socket if it cannot create its segment", async () => {
  const where = { ...options("v2"), shmName: "x".repeat(256) };
  const geometry = { width: 64, height: 48, pixelFormat: "gray" } as const;
  await assert.rejects(Producer.open(where, geometry), { code: "shm_name_length" });
  assert.throws(
    () => ProducerSegment.create(options("v2").shmName, 2 ** 50),
    /Not enough shared memory/,
  );
  assert.deepEqual(leftovers(where), []);
});
