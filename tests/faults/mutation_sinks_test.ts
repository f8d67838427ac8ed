/**
 * Each scenario of outputs with the fix under it switched off: it must fail, and for that reason.
 *
 * @module
 */
import type { Edit } from "../_suite/mutant.ts";
import { eachIsFound, edited, isFound, type Mutation } from "../_suite/mutations.ts";
import { linkDown } from "./scenarios/link_down.ts";
import { rtmpKilled } from "./scenarios/rtmp_killed.ts";
import { rtmpRefusing } from "./scenarios/rtmp_refusing.ts";
import { rtmpSlow } from "./scenarios/rtmp_slow.ts";
import { sinkStall } from "./scenarios/sink_stall.ts";
import { udpAbsent } from "./scenarios/udp_absent.ts";

const shortLinkDown = linkDown({ upMs: 3000, downMs: 3000 });

/** What waits for an RTMP server has no bound. */
const NO_BOUND: Edit = {
  file: "src/publish/access_unit_queue.ts",
  find: "const overfull = this.#overfull(unit, nowMs);",
  replace: "const overfull = false;",
};

/** Found by latencies: nothing may run beside it. */
const HELD_BACK: Mutation = {
  fault: "a sink's write waits while its server does not keep up",
  finder: sinkStall,
  make: edited({
    file: "src/publish/sink_worker.ts",
    find: "    this.#backlog.offer(unit);\n",
    replace: `    this.#backlog.offer(unit);
    const moment = new Int32Array(new SharedArrayBuffer(4));
    if (this.#writing !== undefined && this.#backlog.bytes > 0) Atomics.wait(moment, 0, 0, 200);\n`,
  }),
  reason: /disturbed RTP (p90|frames) [^;]* NOT KEPT/,
};

/** The product with a fault, the scenario that must find it, and what that says. */
const MUTATIONS: readonly Mutation[] = [
  {
    fault: "what waits has no bound",
    finder: sinkStall,
    make: edited(NO_BOUND),
    reason: /oldest frame in the RTMP queue [^;]* NOT KEPT/,
  },
  {
    fault: "what waits has no bound",
    finder: shortLinkDown,
    make: edited(NO_BOUND),
    reason: /oldest frame in the RTMP queue [^;]* NOT KEPT/,
  },
  {
    fault: "what refers to a dropped frame is not dropped",
    finder: rtmpSlow,
    make: edited({
      file: "src/publish/access_unit_queue.ts",
      find: "    this.#waiting = [];\n    this.#bytes = 0;\n    this.#needsKeyFrame = true;",
      replace: "    this.#waiting = [];\n    this.#bytes = 0;",
    }),
    reason: /RTMP frames that cannot be decoded [^;]* NOT KEPT/,
  },
  {
    fault: "a lost server is not tried again",
    finder: rtmpKilled,
    make: edited({
      file: "src/rtmp/rtmp_sink.ts",
      find: "      await sleep(retryMs, signal);\n    }\n",
      replace: "      return;\n    }\n",
    }),
    reason: /No frame came to the RTMP server that was started again within/,
  },
  {
    fault: "a server that refuses is tried again at once",
    finder: rtmpRefusing,
    make: edited({
      file: "src/rtmp/rtmp_sink.ts",
      find: "      const retryMs = backoff.next();\n",
      replace: "      const retryMs = 0;\n",
    }),
    reason: /tries to publish while refused [^;]* NOT KEPT/,
  },
  {
    fault: "an error in sending ends RTP",
    finder: udpAbsent,
    make: edited({
      file: "src/rtp/rtp_sink.ts",
      find: "    this.#sendErrors += outcome.errors;\n",
      replace: "    this.#sendErrors += outcome.errors;\n    this.#closed = outcome.errors > 0;\n",
    }),
    reason: /No frame came to the RTP receiver within/,
  },
  {
    fault: "each refusal is told",
    finder: udpAbsent,
    make: edited({
      file: "src/rtp/receiver_state.ts",
      find: "    if (condition === this.#condition) return;\n",
      replace: "",
    }),
    reason: /log lines that tell of an absence [^;]* NOT KEPT/,
  },
];

Deno.test("each scenario of outputs finds the fault that it is there for", async (test) => {
  await eachIsFound(test, MUTATIONS);
});

Deno.test(`sink-stall finds it where ${HELD_BACK.fault}`, async () => {
  await isFound(HELD_BACK);
});
