import type { Case } from "../../_suite/case.ts";
import type { CaseContext } from "../../_suite/case_context.ts";
import type { Figure } from "../../_suite/figure.ts";
import { slowLink } from "../_slow_link.ts";

/** A quarter of the stream passes, so that the socket alternates between writable and full. */
const SLOW = { passing: 0.25, detectedWithinMs: 8000, continuesMs: 2500 } as const;
/** Largest number of log lines; one for each change would fill the log. */
const MAX_LOG_LINES = 4;

/** A link to the RTMP server that carries a quarter of the stream, next to an RTP output. */
export const rtmpSlow: Case = {
  name: "rtmp-slow",
  description: "With a link that is too slow, an RTMP server gets a live stream with gaps",
  limitSeconds: 60,
  async run(context: CaseContext): Promise<Figure[]> {
    const { figures, passed, logged } = await slowLink(context, SLOW);
    return [
      ...figures,
      {
        name: "RTMP frames that passed the slow link",
        value: passed,
        unit: "frames",
        limit: { atLeast: 1 },
      },
      {
        name: "log lines about the slow server",
        value: logged.slow,
        unit: "lines",
        limit: { atLeast: 1 },
      },
      {
        name: "log lines about the server's speed",
        value: logged.slow + logged.again,
        unit: "lines",
        limit: { atMost: MAX_LOG_LINES },
      },
    ];
  },
};
