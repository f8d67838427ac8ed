import type { Case } from "../../_suite/case.ts";
import type { CaseRoom } from "../../_suite/case_room.ts";
import type { Figure } from "../../_suite/figure.ts";
import { exactly } from "../_measured_stream.ts";
import { slowLink } from "../_slow_link.ts";

const STALL = { passing: 0, feltWithinMs: 6000, goesOnMs: 3000 } as const;

/** An RTMP server that reads nothing for a while, beside RTP. */
export const sinkStall: Case = {
  name: "sink-stall",
  description: "An RTMP server that reads nothing for seconds holds back neither RTP nor itself",
  limitSeconds: 60,
  async run(room: CaseRoom): Promise<Figure[]> {
    const { figures, told } = await slowLink(room, STALL);
    return [...figures, exactly("log lines that tell of the stall", 1, told.slow, "lines")];
  },
};
