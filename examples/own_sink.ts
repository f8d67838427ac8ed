// deno-lint-ignore-file no-console -- prints its result
/**
 * A custom sink: prints the bit rate of each second.
 *
 *   deno run --allow-ffi --allow-read --allow-env=CVMMAP_SHIM examples/own_sink.ts camera0 10
 */
import { type AccessUnit, type Sink, Stream } from "@cvmmap/streamer";

/** A sink only needs a name and a `write` method. */
class BitRatePrinter implements Sink {
  readonly name = "bit rate printer";
  #second = 0;
  #bytes = 0;
  #keyFrames = 0;

  write(unit: AccessUnit): void {
    const second = Math.floor(unit.ptsUs / 1e6);
    if (second !== this.#second) this.#print(second);
    this.#bytes += unit.data.length;
    if (unit.keyFrame) this.#keyFrames++;
  }

  #print(second: number): void {
    console.log(`second ${this.#second}: ${this.#bytes * 8 / 1000} kbit, ${this.#keyFrames} key`);
    this.#second = second;
    this.#bytes = 0;
    this.#keyFrames = 0;
  }
}

const [camera = "camera0", seconds = "10"] = Deno.args;

await using stream = new Stream({ source: camera, codec: "h265", bitrateKbps: 2000 });
stream.add(new BitRatePrinter());
await stream.run({ signal: AbortSignal.timeout(Number(seconds) * 1000) });

for (const { name, accessUnits, bytes } of stream.statistics().sinks) {
  console.log(`${name}: ${accessUnits} access units, ${bytes} bytes`);
}
