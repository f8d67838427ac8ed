import type { SimulationConfiguration } from "../config/simulation.ts";
import type { Stream, StreamEnd } from "../stream/stream.ts";

/** A stream has read all of a producer that ended when it heard nothing for this long. */
const QUIET_MS = 250;
/** Somebody else may publish at the same address and never be quiet. */
const MAX_QUIET_LOOKS = 8;

/**
 * Runs a stream with a simulator in this process as its producer. It is read like any other: through
 * shared memory and ZeroMQ.
 *
 * The run ends when the signal is aborted, when the stream ends by itself, or when the simulator
 * has made its last frame and the stream has read it.
 *
 * @throws What the stream or the simulator throws; the other one has ended by then.
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
    // A cold start of GStreamer takes seconds: frames made before anybody listens would be lost.
    if (!await stream.listening) return;
    await runSimulator(dummy, AbortSignal.any([signal, streamEnded.signal]));
    await untilQuiet(() => stream.statistics().ingest.received, streamEnded.signal);
  };
  const simulation = simulate().finally(() => simulatorEnded.abort("the simulator has ended"));
  // Both are awaited below; until then, a failure of the simulator is nobody's.
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

/** Resolves when `count` has not changed for a while, after two seconds, or with the signal. */
export function untilQuiet(count: () => number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    let last = count();
    let looks = 0;
    const finish = (): void => {
      clearInterval(timer);
      signal.removeEventListener("abort", finish);
      resolve();
    };
    const timer = setInterval(() => {
      const now = count();
      if (now === last || ++looks === MAX_QUIET_LOOKS) finish();
      last = now;
    }, QUIET_MS);
    signal.addEventListener("abort", finish);
    if (signal.aborted) finish();
  });
}
