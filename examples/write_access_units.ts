/**
 * Writes access units to a file as an Annex B byte stream, which ffplay and ffprobe can read.
 *
 *   deno run --allow-ffi --allow-read --allow-write --allow-env=CVMMAP_SHIM \
 *     examples/write_access_units.ts camera0 camera0.h264 300
 *
 * Play it: ffplay camera0.h264
 */
import { Stream } from "@cvmmap/streamer";

const [camera = "camera0", path = "camera0.h264", frames = "300"] = Deno.args;

await using stream = new Stream({ source: camera, codec: "h264", maxFrames: Number(frames) });
using file = await Deno.open(path, { write: true, create: true, truncate: true });
const writer = file.writable.getWriter();

// The loop starts the stream and ends with it. If the disk is slow and access units have waited for ten
// seconds, they are dropped, and the file continues with a key frame.
for await (const unit of stream.accessUnits({ maxQueueMs: 10_000 })) {
  await writer.write(unit.data);
}
