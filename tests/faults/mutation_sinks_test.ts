/**
 * Each scenario of outputs with the fix under it switched off: it must fail, and for that reason.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Case } from "../_suite/case.ts";
import { type Edit, Mutant } from "../_suite/mutant.ts";
import { runCase } from "../_suite/run_case.ts";
import { linkDown } from "./scenarios/link_down.ts";
import { rtmpKilled } from "./scenarios/rtmp_killed.ts";
import { rtmpRefusing } from "./scenarios/rtmp_refusing.ts";
import { rtmpSlow } from "./scenarios/rtmp_slow.ts";
import { sinkStall } from "./scenarios/sink_stall.ts";
import { udpAbsent } from "./scenarios/udp_absent.ts";

const shortLinkDown = linkDown({ upMs: 3000, downMs: 3000 });

/** What waits for an RTMP server has no bound. */
const NO_BOUND: Edit = {
  file: "src/bitstream/access_unit_queue.ts",
  find: "const overfull = this.#overfull(unit, nowMs);",
  replace: "const overfull = false;",
};

/** The product with a fault, the scenario that must find it, and what that says. */
const MUTATIONS: readonly {
  readonly fault: string;
  readonly scenario: Case;
  readonly edit: Edit;
  readonly reason: RegExp;
}[] = [
  {
    fault: "a sink's write waits while its server does not keep up",
    scenario: sinkStall,
    edit: {
      file: "src/rtmp/rtmp_sink.ts",
      find: "    else this.#feed.offer(unit);\n",
      replace: `    else this.#feed.offer(unit);
    const moment = new Int32Array(new SharedArrayBuffer(4));
    if (this.#queue.length > 1) Atomics.wait(moment, 0, 0, 200);\n`,
    },
    reason: /disturbed RTP (p90|frames) [^;]* NOT KEPT/,
  },
  {
    fault: "what waits has no bound",
    scenario: sinkStall,
    edit: NO_BOUND,
    reason: /oldest frame in the RTMP queue [^;]* NOT KEPT/,
  },
  {
    fault: "what waits has no bound",
    scenario: shortLinkDown,
    edit: NO_BOUND,
    reason: /oldest frame in the RTMP queue [^;]* NOT KEPT/,
  },
  {
    fault: "what refers to a dropped frame is not dropped",
    scenario: rtmpSlow,
    edit: {
      file: "src/bitstream/access_unit_queue.ts",
      find: "    this.#waiting = [];\n    this.#bytes = 0;\n    this.#needsKeyFrame = true;",
      replace: "    this.#waiting = [];\n    this.#bytes = 0;",
    },
    reason: /RTMP frames that cannot be decoded [^;]* NOT KEPT/,
  },
  {
    fault: "a lost server is not tried again",
    scenario: rtmpKilled,
    edit: {
      file: "src/rtmp/rtmp_sink.ts",
      find: "      await wait(retryMs, signal);\n    }\n",
      replace: "      return;\n    }\n",
    },
    reason: /No frame came to the RTMP server that was started again within/,
  },
  {
    fault: "a server that refuses is tried again at once",
    scenario: rtmpRefusing,
    edit: {
      file: "src/rtmp/rtmp_sink.ts",
      find: "      const retryMs = backoff.next();\n",
      replace: "      const retryMs = 0;\n",
    },
    reason: /tries to publish while refused [^;]* NOT KEPT/,
  },
  {
    fault: "an error in sending ends RTP",
    scenario: udpAbsent,
    edit: {
      file: "src/rtp/rtp_sink.ts",
      find: "    this.#sendErrors += outcome.errors;\n",
      replace: "    this.#sendErrors += outcome.errors;\n    this.#closed = outcome.errors > 0;\n",
    },
    reason: /No frame came to the RTP receiver within/,
  },
  {
    fault: "each refusal is told",
    scenario: udpAbsent,
    edit: {
      file: "src/rtp/receiver_state.ts",
      find: "    if (condition === this.#condition) return;\n",
      replace: "",
    },
    reason: /log lines that tell of an absence [^;]* NOT KEPT/,
  },
];

for (const { fault, scenario, edit, reason } of MUTATIONS) {
  Deno.test(`${scenario.name} finds it where ${fault}`, async () => {
    const evidenceDir = await Deno.makeTempDir({ prefix: "cvmmap_mutation_" });
    await using mutant = await Mutant.make([edit]);
    const result = await runCase(scenario, { bin: mutant.bin, evidenceDir });
    const log = `${result.reason}\n${JSON.stringify(result.figures, null, 1)}`;
    assert.equal(result.verdict, "fail", log);
    assert.match(result.reason ?? "", reason, log);
    await Deno.remove(evidenceDir, { recursive: true });
  });
}
