import type { Case } from "../../_suite/case.ts";
import type { CaseRoom } from "../../_suite/case_room.ts";
import type { Figure } from "../../_suite/figure.ts";
import { BesideRtp, UNDISTURBED_MS } from "../_beside_rtp.ts";
import { exactly } from "../_measured_stream.ts";
import { rtpFigures } from "../_rtp_latency.ts";

/** Times are milliseconds. */
const ABSENCE = {
  /** The receiver is away for so long, twice. */
  lastsMs: 1500,
  /** Longest time to its first frame when it is there: to the next key frame there are some. */
  firstFrameMs: 500,
} as const;

const REFUSED = /refused; sending continues/;
const BACK = /the receiver accepts packets again/;

/** An RTP receiver that is not there at first, comes, goes, and comes again. */
export const udpAbsent: Case = {
  name: "udp-absent",
  description:
    "An RTP receiver that is absent stops nothing, and has frames as soon as it is there",
  limitSeconds: 60,
  async run(room: CaseRoom): Promise<Figure[]> {
    await using stream = new BesideRtp(room, { rtpPort: await room.udpPort() });
    const firstFrame = async (): Promise<number> => {
      await stream.rtp.open();
      return await stream.waitsAtMost(
        10 * ABSENCE.firstFrameMs,
        stream.rtp.reaches(stream.rtp.count + 1),
        "No frame came to the RTP receiver",
      );
    };
    await stream.says(REFUSED);
    await stream.lasts(ABSENCE.lastsMs);
    const firstMs = await firstFrame();
    await stream.warm();
    const undisturbed = await stream.lasts(UNDISTURBED_MS);
    await stream.says(BACK);

    await stream.rtp.close();
    await stream.says(REFUSED, 2);
    await stream.lasts(ABSENCE.lastsMs);
    const secondMs = await firstFrame();
    const recovered = await stream.recovers(undisturbed);
    await stream.says(BACK, 2);
    const [refused, back] = [stream.said(REFUSED), stream.said(BACK)];
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
      exactly("log lines that tell of an absence", 2, refused, "lines"),
      exactly("log lines that tell of a presence", 2, back, "lines"),
      exactly("packets lost while it was there", 0, stream.rtp.lostPackets, "packets"),
    ];
  },
};

function firstFrameFigure(which: string, value: number): Figure {
  const name = `first frame of the ${which} presence after`;
  return { name, value, unit: "ms", limit: { atMost: ABSENCE.firstFrameMs } };
}
