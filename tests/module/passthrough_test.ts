import "../../ffi/_open_gstreamer.ts";
import "../../ffi/_open_libraries.ts";
import assert from "node:assert/strict";
import { type AccessUnit, type Codec, readFrameIdentity } from "@cvmmap/streamer";
import { NalUnits } from "@cvmmap/streamer/bitstream";
import { type Change, EncodingCamera } from "./_encoding_camera.ts";
import { RecordedStream } from "./_recorded_stream.ts";

/**
 * Publishes frames until the stream receives one. The first frames are lost, because ZeroMQ
 * connects some time after the stream listens.
 */
async function connect(
  camera: EncodingCamera,
  recorded: RecordedStream,
  change?: Change,
): Promise<void> {
  for (let i = 0; i < 40 && recorded.stream.statistics().ingest.received === 0; i++) {
    await camera.play(1, change);
  }
}

/** Returns the frame numbers of the access units that are byte for byte those of the camera. */
function passed(camera: EncodingCamera, units: readonly AccessUnit[]): number[] {
  return units.filter(({ data, frameCount }) => equal(data, camera.units[frameCount]))
    .map(({ frameCount }) => frameCount);
}

function equal(a: Uint8Array, b: Uint8Array | undefined): boolean {
  return a.length === b?.length && a.every((byte, i) => byte === b[i]);
}

/** Checks what must hold for every stream. */
function checkOrder(units: readonly AccessUnit[]): void {
  assert.ok(units[0]?.keyFrame);
  for (let i = 1; i < units.length; i++) {
    const [before, unit] = [units[i - 1]!, units[i]!];
    const what = `${before.frameCount} -> ${unit.frameCount}`;
    assert.ok(unit.frameCount > before.frameCount, what);
    assert.ok(unit.ptsUs > before.ptsUs && unit.dtsUs > before.dtsUs, what);
    assert.ok(unit.dtsUs <= unit.ptsUs, what);
    // Media time advances like that of the captures, whichever encoder is active, with a tolerance of three frames.
    const advanceUs = unit.ptsUs - before.ptsUs;
    const captureUs = unit.captureUnixUs - before.captureUnixUs;
    const isSteady = Math.abs(advanceUs - captureUs) < 50_000;
    assert.ok(isSteady, `${what}: ${advanceUs} us, captures ${captureUs} us`);
    if (unit.frameCount > before.frameCount + 1) assert.ok(unit.keyFrame, what);
    if (unit.format !== before.format) assert.ok(unit.keyFrame, `${what}: the format changed`);
  }
}

const none: Change = () => undefined;

for (const codec of ["h264", "h265"] as const satisfies readonly Codec[]) {
  for (const encoder of ["passthrough", "auto"] as const) {
    Deno.test(`${encoder} passes ${codec} access units through byte for byte, from the first key frame`, async () => {
      await using camera = await EncodingCamera.open({ codec });
      await using recorded = await RecordedStream.of(camera, { codec, encoder });
      await connect(camera, recorded);
      await camera.play(40);
      assert.equal(recorded.encoder, "passthrough");
      const { picture } = recorded.stream.statistics();
      await recorded.caughtUp(camera);
      const units = await recorded.end();
      checkOrder(units);
      assert.ok(units.length >= 30, `${units.length}`);
      assert.equal(passed(camera, units).length, units.length);
      assert.equal(units.at(-1)?.frameCount, camera.units.length - 1);
      assert.deepEqual(picture, { width: 320, height: 240 });
      assert.equal(new Set(units.map(({ format }) => format)).size, 1);
      assert.equal(units[0]?.format.frameRate, 60);
    });
  }
}

for (const codec of ["h264", "h265"] as const satisfies readonly Codec[]) {
  Deno.test(`${codec} that is passed through carries the identity of its frame, and nothing else is changed`, async () => {
    await using camera = await EncodingCamera.open({ codec });
    await using recorded = await RecordedStream.of(camera, { codec, frameIdentity: true });
    await connect(camera, recorded);
    await camera.play(20);
    await recorded.caughtUp(camera);
    const units = await recorded.end();
    assert.ok(units.length >= 20, `${units.length}`);
    for (const { nalUnits, identity, frameCount, captureUnixUs } of units) {
      const original = new NalUnits();
      original.scan(camera.units[frameCount]!);
      const added = [...nalUnits].filter((nal) => readFrameIdentity(codec, [nal]) !== undefined);
      assert.equal(added.length, 1);
      const others = [...nalUnits].filter((nal) => readFrameIdentity(codec, [nal]) === undefined);
      assert.deepEqual(others, [...original]);
      const read = readFrameIdentity(codec, nalUnits);
      assert.deepEqual(read, {
        frameNumber: frameCount,
        captureUnixNs: identity?.captureUnixNs,
        label: camera.name,
        precisionTimeStampUs: BigInt(captureUnixUs),
      });
    }
  });
}

Deno.test("after a lost access unit nothing is sent until the next key frame, and the dropped units are counted", async () => {
  await using camera = await EncodingCamera.open({ gop: 20 });
  await using recorded = await RecordedStream.of(camera);
  await connect(camera, recorded);
  const begin = Math.ceil(camera.units.length / 20) * 20;
  const lost = begin + 25;
  await camera.play(
    begin + 60 - camera.units.length,
    (unit, index) => index === lost ? "lost" : unit,
  );
  await recorded.caughtUp(camera);
  const { ingest } = recorded.stream.statistics();
  const units = await recorded.end();
  checkOrder(units);
  const numbers = units.map(({ frameCount }) => frameCount).filter((count) => count >= begin);
  const all = Array.from({ length: 60 }, (_, i) => begin + i);
  assert.deepEqual(numbers, all.filter((count) => count < lost || count >= begin + 40));
  assert.equal(passed(camera, units).length, units.length);
  assert.equal(ingest.dropped, ingest.ingested - units.length);
});

Deno.test("if no key frame comes for --gop frames, pictures are encoded until the producer's next one", async () => {
  await using camera = await EncodingCamera.open({ gop: 250 });
  await using recorded = await RecordedStream.of(camera, { gop: 15 });
  await camera.requestKeyFrame();
  await connect(camera, recorded);
  await camera.requestKeyFrame();
  await camera.play(10);
  const lost = camera.units.length;
  await camera.play(60, (unit, index) => index === lost ? "lost" : unit);
  assert.equal(recorded.encoder, "x264enc");
  await camera.requestKeyFrame();
  const back = camera.units.length;
  await camera.play(30);
  assert.equal(recorded.encoder, "passthrough");
  await recorded.caughtUp(camera);
  const units = await recorded.end();
  checkOrder(units);
  const own = new Set(passed(camera, units));
  const encoded = units.filter(({ frameCount }) => !own.has(frameCount));
  assert.ok(encoded.length >= 30, `${encoded.length} were encoded`);
  assert.ok(encoded[0]?.keyFrame);
  assert.ok(encoded[0].frameCount > lost + 15 && encoded[0].frameCount < lost + 25);
  assert.equal(encoded.at(-1)?.frameCount, back - 1, "no frame is lost when passthrough resumes");
  for (let count = back; count < back + 30; count++) assert.ok(own.has(count), `${count}`);
});

const unusable: Record<string, Change> = {
  "the access units stop": none,
  "the codec differs": (unit) => ({ ...unit, codec: "h265" }),
  "the access unit has no picture": (unit) => ({ ...unit, data: new Uint8Array(unit.data.length) }),
};
for (const [what, change] of Object.entries(unusable)) {
  Deno.test(`if ${what}, pictures are encoded immediately, until the producer's next key frame`, async () => {
    await using camera = await EncodingCamera.open();
    await using recorded = await RecordedStream.of(camera);
    await connect(camera, recorded);
    await camera.play(25);
    const from = camera.units.length;
    await camera.play(30, change);
    assert.equal(recorded.encoder, "x264enc");
    await camera.play(25);
    assert.equal(recorded.encoder, "passthrough");
    await recorded.caughtUp(camera);
    const units = await recorded.end();
    checkOrder(units);
    const own = new Set(passed(camera, units));
    const encoded = units.map(({ frameCount }) => frameCount).filter((count) => !own.has(count));
    assert.ok(encoded[0]! >= from && encoded[0]! < from + 10, `from ${from}: ${encoded}`);
    const back = Math.ceil((from + 30) / 10) * 10;
    assert.equal(encoded.at(-1), back - 1);
  });
}

Deno.test("pictures of a producer without access units are encoded from the start, even with passthrough", async () => {
  await using camera = await EncodingCamera.open();
  for (const encoder of ["passthrough", "auto"] as const) {
    await using recorded = await RecordedStream.of(camera, { encoder });
    await connect(camera, recorded, none);
    await camera.play(20, none);
    assert.equal(recorded.encoder, "x264enc");
    await recorded.caughtUp(camera);
    const units = await recorded.end();
    checkOrder(units);
    assert.ok(units.length >= 12);
  }
});

Deno.test("pictures of a producer that omits the parameter sets are encoded", async () => {
  await using camera = await EncodingCamera.open();
  await using recorded = await RecordedStream.of(camera);
  const forget: Change = (unit) => {
    if (!unit.isFlaggedKey) return unit;
    // Turn every SPS into filler data.
    const data = unit.data.slice();
    for (let i = 3; i < data.length; i++) {
      if (data[i - 1] === 1 && data[i - 2] === 0 && data[i - 3] === 0 && (data[i]! & 31) === 7) {
        data[i] = 12;
      }
    }
    return { ...unit, data };
  };
  await connect(camera, recorded, forget);
  await camera.play(40, forget);
  assert.equal(recorded.encoder, "x264enc");
  await recorded.caughtUp(camera);
  const units = await recorded.end();
  checkOrder(units);
  assert.equal(passed(camera, units).length, 0);
});

Deno.test("a requested key frame that the producer does not send is encoded", async () => {
  await using camera = await EncodingCamera.open({ gop: 250 });
  await using recorded = await RecordedStream.of(camera, { gop: 15 });
  await connect(camera, recorded);
  await camera.requestKeyFrame();
  await camera.play(20);
  assert.equal(recorded.encoder, "passthrough");
  const guest: AccessUnit[] = [];
  recorded.stream.add({ name: "guest", write: (unit) => void guest.push(unit) });
  await camera.play(40);
  assert.ok(guest[0]?.keyFrame);
  assert.ok(guest.length > 10);
  checkOrder(await recorded.end());
});

Deno.test("switching 20 times between passthrough and encoding keeps pictures in order and on time", async () => {
  await using camera = await EncodingCamera.open();
  await using recorded = await RecordedStream.of(camera);
  await connect(camera, recorded);
  await camera.play(10);
  for (let times = 0; times < 20; times++) {
    await camera.play(6, none);
    await camera.requestKeyFrame();
    await camera.play(6);
  }
  await recorded.caughtUp(camera);
  const units = await recorded.end();
  checkOrder(units);
  const keys = units.filter(({ keyFrame }) => keyFrame).length;
  assert.ok(keys >= 36, `${keys} key frames`);
  const own = passed(camera, units).length;
  assert.ok(own >= 110 && units.length - own >= 40, `${own} of ${units.length} passed on`);
});
