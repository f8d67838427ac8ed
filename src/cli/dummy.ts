import type { SimulationConfiguration } from "../config/simulation.ts";
import type { Stream } from "../stream/stream.ts";
import type { StreamEnd } from "../stream/stream_end.ts";

/** After this long without a frame, the stream has read everything that the simulator published. */
const QUIET_MS = 250;
/** Limit of the checks: another producer may publish at the same address without end. */
const MAX_CHECKS = 8;

/**
 * Runs a stream with a simulator in this process as its producer. The stream reads it like any other
 * producer, through shared memory and ZeroMQ.
 *
 * The run ends when the signal is aborted, when the stream ends, or when the stream has read the last frame
 * of the simulator.
 *
 * @throws What the stream or the simulator throws, after the other one has ended.
 */
export async function runWithDummy(
  stream: Stream,
  dummy: SimulationConfiguration,
  signal: AbortSignal,
): Promise<StreamEnd> {
  const { runSimulator } = await import("../simulator/simulator.ts");
  const simulatorEnded = new AbortController();
  const streamEnded = new AbortController();
  const simulate = async (): Promise<void> => {
    // GStreamer can take seconds to start: frames published before the stream listens would be lost.
    if (!await stream.listening) return;
    await runSimulator(dummy, AbortSignal.any([signal, streamEnded.signal]));
    await untilQuiet(() => stream.statistics().ingest.received, streamEnded.signal);
  };
  const simulation = simulate().finally(() => simulatorEnded.abort("the simulator has ended"));
  // Awaited below. Until then, a rejection must not count as unhandled.
  simulation.catch(() => {});
  try {
    return await stream.run({
      signal: AbortSignal.any([signal, simulatorEnded.signal]),
    });
  } finally {
    streamEnded.abort("the stream has ended");
    await simulation;
  }
}

/** Resolves when `count` has not changed for 250 ms, after two seconds, or when the signal is aborted. */
export function untilQuiet(count: () => number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    let last = count();
    let checks = 0;
    const finish = (): void => {
      clearInterval(timer);
      signal.removeEventListener("abort", finish);
      resolve();
    };
    const timer = setInterval(() => {
      const now = count();
      if (now === last || ++checks === MAX_CHECKS) finish();
      last = now;
    }, QUIET_MS);
    signal.addEventListener("abort", finish);
    if (signal.aborted) finish();
  });
}
