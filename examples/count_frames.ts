// deno-lint-ignore-file no-console -- prints its result
/**
 * Reads the frames of a camera without encoding them, and prints how many were read.
 *
 *   deno run --allow-ffi --allow-read --allow-env=CVMMAP_SHIM examples/count_frames.ts camera0 10
 */
import { Stream } from "@cvmmap/streamer";

const [camera = "camera0", seconds = "10"] = Deno.args;

await using stream = new Stream({ source: camera, encode: false });
await stream.run({ signal: AbortSignal.timeout(Number(seconds) * 1000) });

const { ingest, picture } = stream.statistics();
console.log(`${ingest.ingested} whole frames of ${picture?.width}x${picture?.height}`);
console.log(`${ingest.torn} torn, ${ingest.stale} stale, ${ingest.rejected} rejected`);
