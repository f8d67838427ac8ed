import "../../ffi/_open_gstreamer.ts";
import "../../ffi/_open_libraries.ts";
import assert from "node:assert/strict";
import { EncoderBench, OPTIONS } from "./_testing.ts";
import { ENCODER_CANDIDATES } from "./candidates.ts";

for (const candidate of ENCODER_CANDIDATES.filter(({ kind }) => kind === "software")) {
  for (const bitrateKbps of [1, 2_048_000]) {
    Deno.test(`${candidate.element} encodes at ${bitrateKbps} kbit/s or the nearest supported bit rate`, async () => {
      const options = { ...OPTIONS, codec: candidate.codec, bitrateKbps };
      await using bench = new EncoderBench([candidate], options);
      await bench.encode(3);
      await bench.encoder.drain();
      assert.equal(bench.units.length, 3);
    });
  }
}
