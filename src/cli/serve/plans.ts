import type { NamedStream } from "../../config/file/named_stream.ts";
import type { FleetStream, StreamPlan } from "../../fleet/plan.ts";
import { runWithDummy } from "../dummy.ts";
import { makeStream } from "../make_stream.ts";

/** Returns the plan of a configured stream. */
export function planOf(named: NamedStream): StreamPlan {
  const { name, enabled, fingerprint, settings } = named;
  return { name, enabled, fingerprint, settings, make: () => createStream(named) };
}

async function createStream({ configuration, outputs }: NamedStream): Promise<FleetStream> {
  const { stream: options, dummy } = configuration;
  const stream = await makeStream(options, outputs);
  if (dummy === undefined) return stream;
  return {
    listening: stream.listening,
    run: ({ signal }) => runWithDummy(stream, dummy, signal),
    statistics: () => stream.statistics(),
    latencyStages: () => stream.latencyStages(),
    requestKeyFrame: () => stream.requestKeyFrame(),
    snapshot: () => stream.snapshot(),
    add: (sink) => stream.add(sink),
    remove: (sink) => stream.remove(sink),
    [Symbol.asyncDispose]: () => stream[Symbol.asyncDispose](),
  };
}
