import type { Case } from "../../_suite/case.ts";
import type { CaseContext } from "../../_suite/case_context.ts";
import type { Figure } from "../../_suite/figure.ts";
import { StreamUnderTest, UNDISTURBED_MS } from "../_stream_under_test.ts";
import { exactly } from "../_measured_stream.ts";
import { rtpFigures } from "../_rtp_latency.ts";

/** Times are milliseconds. */
const ABSENCE = {
  /** Duration of each of the two absences. */
  durationMs: 1500,
  /** Longest time from opening the receiver to its first frame. */
  firstFrameMs: 500,
} as const;

const REFUSED = /refused; sending continues/;
const BACK = /the receiver accepts packets again/;

/** An RTP receiver that is absent at first, appears, disappears, and appears again. */
export const udpAbsent: Case = {
  name: "udp-absent",
  description:
    "An absent RTP receiver does not stop the stream, and gets frames as soon as it appears",
  limitSeconds: 60,
  async run(context: CaseContext): Promise<Figure[]> {
    await using stream = new StreamUnderTest(context, { rtpPort: await context.udpPort() });
    const firstFrame = async (): Promise<number> => {
      await stream.rtp.open();
      return await stream.waitForWithin(
        10 * ABSENCE.firstFrameMs,
        stream.rtp.waitForFrames(stream.rtp.count + 1),
        "No frame came to the RTP receiver",
      );
    };
    await stream.waitForLog(REFUSED);
    await stream.runFor(ABSENCE.durationMs);
    const firstMs = await firstFrame();
    await stream.warmUp();
    const undisturbed = await stream.runFor(UNDISTURBED_MS);
    await stream.waitForLog(BACK);

    await stream.rtp.close();
    await stream.waitForLog(REFUSED, 2);
    await stream.runFor(ABSENCE.durationMs);
    const secondMs = await firstFrame();
    const recovered = await stream.waitForRecovery(undisturbed);
    await stream.waitForLog(BACK, 2);
    const [refused, back] = [stream.logCount(REFUSED), stream.logCount(BACK)];
    const { rtp } = await stream.finish();

    return [
      ...rtpFigures(stream.rtp.frames(), { undisturbed, recovered }),
      firstFrameFigure("first", firstMs),
      firstFrameFigure("second", secondMs),
      {
        name: "refusals counted",
        value: rtp.sendErrors ?? Number.NaN,
        unit: "errors",
        limit: { atLeast: 2 },
      },
      exactly("log lines about an absent receiver", 2, refused, "lines"),
      exactly("log lines about a present receiver", 2, back, "lines"),
      exactly("packets lost while the receiver was present", 0, stream.rtp.lostPackets, "packets"),
    ];
  },
};

function firstFrameFigure(which: string, value: number): Figure {
  const name = `time to the first frame of the ${which} presence`;
  return { name, value, unit: "ms", limit: { atMost: ABSENCE.firstFrameMs } };
}
