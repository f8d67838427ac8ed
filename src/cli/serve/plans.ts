import type { NamedStream } from "../../config/file/fleet_configuration.ts";
import type { FleetStream, StreamPlan } from "../../fleet/plan.ts";
import { runWithDummy } from "../dummy.ts";
import { makeStream } from "../make_stream.ts";

/** How a fleet makes the stream that a configuration describes. */
export function planOf(named: NamedStream): StreamPlan {
  const { name, enabled, fingerprint, settings } = named;
  return { name, enabled, fingerprint, settings, make: () => madeOf(named) };
}

async function madeOf({ configuration, outputs }: NamedStream): Promise<FleetStream> {
  const { stream: options, dummy } = configuration;
  const stream = await makeStream(options, outputs);
  if (dummy === undefined) return stream;
  return {
    listening: stream.listening,
    run: ({ signal }) => runWithDummy(stream, dummy, signal),
    statistics: () => stream.statistics(),
    latencyStages: () => stream.latencyStages(),
    requestKeyFrame: () => stream.requestKeyFrame(),
    [Symbol.asyncDispose]: () => stream[Symbol.asyncDispose](),
  };
}
