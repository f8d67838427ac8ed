import type { Case } from "../../_suite/case.ts";
import type { CaseRoom } from "../../_suite/case_room.ts";
import type { Figure } from "../../_suite/figure.ts";
import { slowLink } from "../_slow_link.ts";

/** A quarter of the stream passes: the system takes some and refuses more, again and again. */
const SLOW = { passing: 0.25, feltWithinMs: 8000, goesOnMs: 2500 } as const;
/** To say each time what the system does would fill the log. */
const MOST_WORDS = 4;

/** A way to the RTMP server that carries a quarter of the stream, beside RTP. */
export const rtmpSlow: Case = {
  name: "rtmp-slow",
  description: "An RTMP server behind a link that is too slow gets a live stream with gaps",
  limitSeconds: 60,
  async run(room: CaseRoom): Promise<Figure[]> {
    const { figures, passed, told } = await slowLink(room, SLOW);
    return [
      ...figures,
      {
        name: "RTMP frames that passed meanwhile",
        value: passed,
        unit: "frames",
        limit: { atLeast: 1 },
      },
      {
        name: "log lines that tell of the slow server",
        value: told.slow,
        unit: "lines",
        limit: { atLeast: 1 },
      },
      {
        name: "log lines that tell of the server's pace",
        value: told.slow + told.again,
        unit: "lines",
        limit: { atMost: MOST_WORDS },
      },
    ];
  },
};
