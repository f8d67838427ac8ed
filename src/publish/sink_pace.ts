import { AdaptiveRate, BITRATE_KBPS } from "./adaptive_rate.ts";
import type { Backlog } from "./backlog.ts";
import type { Sink, SinkContext } from "./sink.ts";

/** Tells a stream what a sink can take, where the sink wants its bit rate adapted. */
export class SinkPace {
  readonly #sink: Sink;
  readonly #stream: SinkContext;
  readonly #rate: AdaptiveRate;
  #givenBytes = 0;
  /** What the stream was told last. */
  #toldKbps: number | undefined;

  private constructor(sink: Sink, stream: SinkContext, leastKbps: number) {
    this.#sink = sink;
    this.#stream = stream;
    this.#rate = new AdaptiveRate({ leastKbps, mostKbps: stream.bitrateKbps });
  }

  /** Of a sink that wants it. */
  static of(sink: Sink, stream: SinkContext): SinkPace | undefined {
    const { leastBitrateKbps } = sink;
    // Not `<`: one that is no number is none.
    return leastBitrateKbps !== undefined && leastBitrateKbps >= BITRATE_KBPS.min
      ? new SinkPace(sink, stream, Math.min(leastBitrateKbps, stream.bitrateKbps))
      : undefined;
  }

  /** The sink was given so many bytes. */
  given(bytes: number): void {
    this.#givenBytes += bytes;
  }

  /**
   * Takes another look, with every access unit of the stream.
   *
   * @param writingSinceMs When the unit came that the sink is still taking.
   */
  look(backlog: Backlog, writingSinceMs: number | undefined): void {
    const nowMs = performance.now();
    const { pendingBytes = 0 } = this.#sink;
    this.#rate.observe({
      nowMs,
      takenBytes: this.#givenBytes - pendingBytes,
      waitingBytes: backlog.bytes + pendingBytes,
      waitingMs: nowMs - (writingSinceMs ?? backlog.oldestMs ?? nowMs),
    });
    this.#tell(this.#rate.kbps);
  }

  /** No one is there: others need not wait for what this sink could take. */
  pause(): void {
    this.#rate.pause();
    this.#tell(this.#stream.bitrateKbps);
  }

  #tell(kbps: number): void {
    const limitKbps = kbps < this.#stream.bitrateKbps ? kbps : undefined;
    if (limitKbps === this.#toldKbps) return;
    this.#toldKbps = limitKbps;
    this.#stream.limitBitrate(this.#sink, limitKbps && 1000 * limitKbps);
  }
}
