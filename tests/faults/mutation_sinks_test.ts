/**
 * Mutation tests for the scenarios that disturb outputs: without the fix that a scenario tests, the
 * scenario must fail, for the expected reason.
 *
 * @module
 */
import type { Edit } from "../_suite/mutant.ts";
import {
  assertDetected,
  assertEachDetected,
  editedProduct,
  type Mutation,
} from "../_suite/mutations.ts";
import { linkDown } from "./scenarios/link_down.ts";
import { rtmpKilled } from "./scenarios/rtmp_killed.ts";
import { rtmpRefusing } from "./scenarios/rtmp_refusing.ts";
import { rtmpSlow } from "./scenarios/rtmp_slow.ts";
import { sinkStall } from "./scenarios/sink_stall.ts";
import { udpAbsent } from "./scenarios/udp_absent.ts";

const shortLinkDown = linkDown({ upMs: 3000, downMs: 3000 });

/** Removes the bound of the RTMP queue. */
const NO_BOUND: Edit = {
  file: "src/publish/access_unit_queue.ts",
  find: "const overfull = this.#overfull(unit, nowMs);",
  replace: "const overfull = false;",
};

/** Detected by latency, so nothing may run at the same time. */
const HELD_BACK: Mutation = {
  fault: "a sink's write blocks while its server does not keep up",
  detector: sinkStall,
  make: editedProduct({
    file: "src/publish/sink_worker.ts",
    find: "    this.#backlog.offer(unit);\n",
    replace: `    this.#backlog.offer(unit);
    const moment = new Int32Array(new SharedArrayBuffer(4));
    if (this.#writing !== undefined && this.#backlog.bytes > 0) Atomics.wait(moment, 0, 0, 200);\n`,
  }),
  reason: /disturbed RTP (p90|frames) [^;]* NOT MET/,
};

/** Faults, with the scenarios that must detect them and the expected reasons. */
const MUTATIONS: readonly Mutation[] = [
  {
    fault: "the queue has no bound",
    detector: sinkStall,
    make: editedProduct(NO_BOUND),
    reason: /oldest frame in the RTMP queue [^;]* NOT MET/,
  },
  {
    fault: "the queue has no bound",
    detector: shortLinkDown,
    make: editedProduct(NO_BOUND),
    reason: /oldest frame in the RTMP queue [^;]* NOT MET/,
  },
  {
    fault: "frames that refer to a dropped frame are not dropped",
    detector: rtmpSlow,
    make: editedProduct({
      file: "src/publish/access_unit_queue.ts",
      find: "    this.#waiting = [];\n    this.#bytes = 0;\n    this.#needsKeyFrame = true;",
      replace: "    this.#waiting = [];\n    this.#bytes = 0;",
    }),
    reason: /RTMP frames that cannot be decoded [^;]* NOT MET/,
  },
  {
    fault: "the connection to a lost server is not retried",
    detector: rtmpKilled,
    make: editedProduct({
      file: "src/rtmp/rtmp_sink.ts",
      find: "      await sleep(retryMs, signal);\n    }\n",
      replace: "      return;\n    }\n",
    }),
    reason: /No frame came to the RTMP server that was started again within/,
  },
  {
    fault: "a server that refuses is retried without a delay",
    detector: rtmpRefusing,
    make: editedProduct({
      file: "src/rtmp/rtmp_sink.ts",
      find: "      const retryMs = backoff.next();\n",
      replace: "      const retryMs = 0;\n",
    }),
    reason: /tries to publish while refused [^;]* NOT MET/,
  },
  {
    fault: "a send error ends RTP",
    detector: udpAbsent,
    make: editedProduct({
      file: "src/rtp/rtp_sink.ts",
      find: "    this.#sendErrors += outcome.errors;\n",
      replace: "    this.#sendErrors += outcome.errors;\n    this.#closed = outcome.errors > 0;\n",
    }),
    reason: /No frame came to the RTP receiver within/,
  },
  {
    fault: "each refusal is logged",
    detector: udpAbsent,
    make: editedProduct({
      file: "src/rtp/receiver_state.ts",
      find: "    if (condition === this.#condition) return;\n",
      replace: "",
    }),
    reason: /log lines about an absent receiver [^;]* NOT MET/,
  },
];

Deno.test("each scenario that disturbs outputs detects its fault", async (test) => {
  await assertEachDetected(test, MUTATIONS);
});

Deno.test(`sink-stall detects that ${HELD_BACK.fault}`, async () => {
  await assertDetected(HELD_BACK);
});
