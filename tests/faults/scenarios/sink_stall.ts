import type { Case } from "../../_suite/case.ts";
import type { CaseContext } from "../../_suite/case_context.ts";
import type { Figure } from "../../_suite/figure.ts";
import { exactly } from "../_measured_stream.ts";
import { slowLink } from "../_slow_link.ts";

const STALL = { passing: 0, detectedWithinMs: 6000, continuesMs: 3000 } as const;

/** An RTMP server that reads nothing for a while, next to an RTP output. */
export const sinkStall: Case = {
  name: "sink-stall",
  description:
    "An RTMP server that reads nothing for seconds delays neither RTP nor later RTMP frames",
  limitSeconds: 60,
  async run(context: CaseContext): Promise<Figure[]> {
    const { figures, logged } = await slowLink(context, STALL);
    return [...figures, exactly("log lines about the stall", 1, logged.slow, "lines")];
  },
};
