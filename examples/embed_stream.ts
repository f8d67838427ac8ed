/**
 * Streams a camera over RTP until Ctrl-C.
 *
 *   deno run --allow-ffi --allow-read --allow-net --allow-env=CVMMAP_SHIM \
 *     examples/embed_stream.ts camera0 127.0.0.1:5004 /tmp/camera0.sdp
 *
 * Watch it: ffplay -protocol_whitelist file,udp,rtp -fflags nobuffer -probesize 32 -analyzeduration 0 /tmp/camera0.sdp
 */
import { rtp, Stream } from "@cvmmap/streamer";

const [camera = "camera0", endpoint = "127.0.0.1:5004", sdpPath = "camera0.sdp"] = Deno.args;

// `await using` stops the stream cleanly when the program ends, even with an error.
await using stream = new Stream({ source: camera, codec: "h264" });
stream.add(rtp({ endpoint, sdpPath }));

Deno.addSignalListener("SIGINT", () => stream.stop());
await stream.run();
