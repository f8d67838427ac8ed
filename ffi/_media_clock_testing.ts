// The reader thread's media clock, by itself.
import "./_open_libraries.ts";

const shim = Deno.dlopen(
  new URL("../native/build/libcvmmap_shim.so", import.meta.url).pathname,
  {
    cvm_media_clock_place: {
      parameters: ["buffer", "u64", "u64", "u64", "buffer"],
      result: "void",
    },
  },
).symbols;

/** `struct cvm_media_clock` */
const CLOCK_SIZE = 104;

/** A frame's place in time: `struct cvm_media_time`. */
export interface MediaTime {
  readonly ptsUs: number;
  readonly captureUnixUs: number;
}

/** `native/media_clock.h` */
export class MediaClock {
  readonly #self = new Uint8Array(CLOCK_SIZE);
  readonly #time = new BigUint64Array(3);

  /** Places the next frame: captured at `stampUs` by the producer's clock, arrived by ours. */
  place(stampUs: number, arrivedMs: number, arrivedUnixUs: number): MediaTime {
    shim.cvm_media_clock_place(
      this.#self,
      BigInt(Math.floor(stampUs)) * 1000n,
      BigInt(Math.round(arrivedMs * 1e6)),
      BigInt(Math.floor(arrivedUnixUs)),
      this.#time,
    );
    const [ptsUs = 0n, captureUnixUs = 0n] = this.#time;
    return { ptsUs: Number(ptsUs), captureUnixUs: Number(captureUnixUs) };
  }
}
