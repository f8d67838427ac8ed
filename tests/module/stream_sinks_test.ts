import "../../ffi/_open_gstreamer.ts";
import "../../ffi/_open_libraries.ts";
import assert from "node:assert/strict";
import { type Sink, Stream, type StreamEnd } from "@cvmmap/streamer";
import { Camera, RecordingSink } from "./_camera.ts";

/** Runs a stream with one sink, and waits for its first access unit. */
async function start(
  stream: Stream,
): Promise<{ first: RecordingSink; running: Promise<StreamEnd> }> {
  const first = new RecordingSink(1);
  stream.add(first);
  const running = stream.run();
  await Promise.race([first.enough, running]);
  return { first, running };
}

Deno.test("sinks join a running stream with a key frame, and leave it, without effect on others", async () => {
  await using camera = new Camera();
  await using stream = camera.stream();
  const { first, running } = await start(stream);
  for (let times = 0; times < 20; times++) {
    const guest = new RecordingSink(2);
    stream.add(guest);
    await Promise.race([guest.enough, running]);
    assert.ok(guest.units[0]?.keyFrame);
    await stream.remove(guest);
    assert.equal(guest.closed, 1);
    assert.equal(stream.statistics().sinks.length, 1);
  }
  const { encoded } = stream.statistics();
  assert.equal(first.units.length, encoded);
  await stream.stop();
  await running;
  assert.equal(first.closed, 1);
});

Deno.test("a removed sink can be added again, and one that cannot be opened is removed", async () => {
  await using camera = new Camera();
  await using stream = camera.stream();
  const { first, running } = await start(stream);
  await stream.remove(first);
  const before = first.units.length;
  stream.add(first);
  for await (const _ of stream.accessUnits()) if (first.units.length > before) break;
  assert.ok(first.units[before]?.keyFrame);

  const closed = Promise.withResolvers<void>();
  const broken: Sink = {
    name: "broken",
    open: () => Promise.reject(new Error("no such place")),
    write: () => assert.fail("the sink is not open"),
    [Symbol.asyncDispose]: () => Promise.resolve(closed.resolve()),
  };
  stream.add(broken);
  await Promise.race([closed.promise, running]);
  assert.deepEqual(stream.statistics().sinks.map(({ name }) => name), ["keeper"]);
  await stream.stop();
  await running;
});

Deno.test("a sink that is still being closed is refused, and one removed while it opens does not end the stream", async () => {
  await using camera = new Camera();
  await using stream = camera.stream();
  const never = new Promise<void>(() => {});
  const opening = Promise.withResolvers<void>();
  const slow: Sink = {
    name: "slow",
    open: () => {
      opening.resolve();
      return never;
    },
    write: () => {},
  };
  const first = new RecordingSink(1);
  stream.add(slow).add(first);
  const running = stream.run();
  await opening.promise;
  const leaving = stream.remove(slow);
  assert.throws(() => stream.add(slow), /the stream already uses it$/);
  await Promise.race([first.enough, running]);
  await leaving;
  stream.add(slow);
  await stream.stop();
  await running;
});

Deno.test("a stream refuses a sink that it already has, and any sink after it has ended", async () => {
  await using stream = new Stream({ source: "module-absent", codec: "h264" });
  const sink = new RecordingSink(1);
  stream.add(sink);
  assert.throws(() => stream.add(sink), /^ConfigurationError: .*: the stream already uses it$/);
  await stream.remove(sink);
  await stream.remove(sink);
  const running = stream.run();
  stream.add(sink);
  await stream.stop();
  await running;
  assert.throws(
    () => stream.add(new RecordingSink(1)),
    /^ConfigurationError: .*: the stream has ended$/,
  );
});
