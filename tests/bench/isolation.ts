/**
 * Measures what three disturbed streams of a process cost the fourth: alternates runs with and without disturbances.
 *
 *     deno run -A tests/bench/isolation.ts --rounds 3 --kills 20
 *
 * It also runs the producer and the server that disturb: `isolation.ts hostile SHM_NAME ZMQ_ENDPOINT`, `isolation.ts
 * rtmp PORT`.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { RtmpStubServer } from "../../src/testers/rtmp_stub_server.ts";
import { buildPrograms } from "./_build.ts";
import { runHostileProducer } from "./_hostile_producer.ts";
import { isolationRun } from "./_isolation.ts";
import { print } from "./_report.ts";
import { type CommandLine, productCommandLine } from "./_subject.ts";

const { values, positionals: [role, ...operands] } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string", default: "3" },
    frames: { type: "string", default: "600" },
    kills: { type: "string", default: "20" },
    /** The executable; without it, the sources. */
    bin: { type: "string" },
    meter: { type: "string" },
  },
});

function helper(args: readonly string[]): CommandLine {
  const self = Deno.build.standalone ? [] : ["run", "-A", fileURLToPath(import.meta.url)];
  return { path: Deno.execPath(), args: [...self, ...args] };
}

async function measure(): Promise<void> {
  using programs = values.meter === undefined ? await buildPrograms() : undefined;
  const options = {
    meter: values.meter ?? programs!.meter,
    product: (args: readonly string[]) => productCommandLine(values.bin, args),
    helper,
    frames: Number(values.frames),
    output: "null",
  } as const;
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const kills of [0, Number(values.kills)]) {
      const { received, published, p50, p99, max } = await isolationRun({ ...options, kills });
      print(
        `${kills === 0 ? "quiet    " : "disturbed"}: ${received}/${published} frames, ` +
          `p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms, max ${max.toFixed(2)} ms`,
      );
    }
  }
}

const [first = "", second = ""] = operands;
if (role === "hostile") await runHostileProducer(first, second);
else if (role === "rtmp") {
  new RtmpStubServer({
    host: "127.0.0.1",
    port: Number(first),
    mode: "h264",
    onViolation: () => {},
  });
} else await measure();
