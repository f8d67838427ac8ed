import { AdaptiveRate, BITRATE_KBPS } from "./adaptive_rate.ts";
import type { Backlog } from "./backlog.ts";
import type { Sink, SinkContext } from "./sink.ts";

/** Limits the bit rate of a stream to what a sink can take, for a sink with an adaptive bit rate. */
export class SinkRateControl {
  readonly #sink: Sink;
  readonly #stream: SinkContext;
  readonly #rate: AdaptiveRate;
  #writtenBytes = 0;
  /** The current limit; undefined without one. */
  #limitKbps: number | undefined;

  private constructor(sink: Sink, stream: SinkContext, minKbps: number) {
    this.#sink = sink;
    this.#stream = stream;
    this.#rate = new AdaptiveRate({ minKbps, maxKbps: stream.bitrateKbps });
  }

  /** Creates the control for a sink; undefined if its bit rate is not adaptive. */
  static of(sink: Sink, stream: SinkContext): SinkRateControl | undefined {
    const { leastBitrateKbps } = sink;
    // `>=` also excludes NaN.
    return leastBitrateKbps !== undefined && leastBitrateKbps >= BITRATE_KBPS.min
      ? new SinkRateControl(sink, stream, Math.min(leastBitrateKbps, stream.bitrateKbps))
      : undefined;
  }

  /** Counts bytes that are written to the sink. */
  written(bytes: number): void {
    this.#writtenBytes += bytes;
  }

  /**
   * Updates the limit. Called for every access unit of the stream.
   *
   * @param writingSinceMs Arrival time of the access unit that the sink is writing.
   */
  update(backlog: Backlog, writingSinceMs: number | undefined): void {
    const nowMs = performance.now();
    const { pendingBytes = 0 } = this.#sink;
    this.#rate.observe({
      nowMs,
      takenBytes: this.#writtenBytes - pendingBytes,
      waitingBytes: backlog.bytes + pendingBytes,
      waitingMs: nowMs - (writingSinceMs ?? backlog.oldestMs ?? nowMs),
    });
    this.#limit(this.#rate.kbps);
  }

  /** Removes the limit while the sink is not ready: it must not slow down the other sinks. */
  pause(): void {
    this.#rate.pause();
    this.#limit(this.#stream.bitrateKbps);
  }

  #limit(kbps: number): void {
    const limitKbps = kbps < this.#stream.bitrateKbps ? kbps : undefined;
    if (limitKbps === this.#limitKbps) return;
    this.#limitKbps = limitKbps;
    this.#stream.limitBitrate(this.#sink, limitKbps && 1000 * limitKbps);
  }
}
