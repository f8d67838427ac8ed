import { testShim } from "./_shim_testing.ts";

/** Bytes of `struct cvm_media_clock`. */
const CLOCK_SIZE = 96;

/** A frame's time: `struct cvm_media_time`. */
export interface MediaTime {
  readonly ptsUs: number;
  readonly captureUnixUs: number;
}

/** The reader thread's media clock alone (`native/media_clock.h`). */
export class MediaClock {
  readonly #self = new Uint8Array(CLOCK_SIZE);
  readonly #time = new BigUint64Array(3);

  /** Places the next frame, captured at `stampUs` on the producer's clock. */
  place(stampUs: number, arrivedMs: number, arrivedUnixUs: number): MediaTime {
    testShim.cvm_media_clock_place(
      this.#self,
      BigInt(Math.floor(stampUs)) * 1000n,
      BigInt(Math.round(arrivedMs * 1e6)),
      BigInt(Math.floor(arrivedUnixUs)),
      this.#time,
    );
    const [ptsUs = 0n, captureUnixNs = 0n] = this.#time;
    return { ptsUs: Number(ptsUs), captureUnixUs: Number(captureUnixNs / 1000n) };
  }
}
