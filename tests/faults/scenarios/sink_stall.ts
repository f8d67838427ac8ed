import type { Case } from "../../_suite/case.ts";
import type { CaseRoom } from "../../_suite/case_room.ts";
import type { Figure } from "../../_suite/figure.ts";
import { BesideRtp, UNDISTURBED_MS } from "../_beside_rtp.ts";
import { unixMs } from "../_frame_identity.ts";
import { exactly } from "../_measured_stream.ts";
import { RtmpProbe } from "../_rtmp_probe.ts";
import { rtpFigures } from "../_rtp_latency.ts";
import { Shaper } from "../_shaper.ts";
import {
  droppedFigure,
  liveAgainFigure,
  lostFigure,
  rtmpArrivals,
  undecodableFigure,
  waitedFigure,
} from "../_sink_figures.ts";

/** In milliseconds. */
const STALL = {
  /** Longest time until the streamer is to say that the server does not keep up. */
  feltWithinMs: 6000,
  /** The stall goes on for so long behind that. */
  goesOnMs: 1500,
} as const;

const STALLED = /does not keep up/;

/** An RTMP server that reads nothing for a while, beside RTP. */
export const sinkStall: Case = {
  name: "sink-stall",
  description: "An RTMP server that reads nothing for seconds holds back neither RTP nor itself",
  limitSeconds: 60,
  async run(room: CaseRoom): Promise<Figure[]> {
    await using server = new RtmpProbe(room.tcpPort());
    server.open();
    await using link = new Shaper(server.port);
    await using stream = new BesideRtp(room, {
      rtpPort: await room.udpPort(),
      rtmpPort: link.port,
    });
    await stream.rtp.open();
    await stream.warm();
    await stream.waits(server.reaches(1));

    const undisturbed = await stream.lasts(UNDISTURBED_MS);
    link.bytesPerSecond = 0;
    const fromMs = unixMs();
    await Promise.race([stream.says(STALLED), stream.lasts(STALL.feltWithinMs)]);
    await stream.lasts(STALL.goesOnMs);
    const { heldBytes } = link;
    link.bytesPerSecond = Number.POSITIVE_INFINITY;
    const disturbed = { fromMs, toMs: unixMs() };
    const recovered = await stream.recovers(undisturbed);
    const felt = stream.said(STALLED);
    const { rtp, rtmp } = await stream.finish();
    const lost = await lostFigure(stream, rtp);

    server.check();
    const frames = stream.rtp.frames();
    const arrivals = rtmpArrivals(frames, server.frames);
    return [
      ...rtpFigures(frames, { undisturbed, disturbed, recovered }),
      lost,
      exactly("log lines that tell of the stall", 1, felt, "lines"),
      droppedFigure(rtmp),
      { name: "held by the way to the RTMP server", value: heldBytes, unit: "bytes" },
      waitedFigure(arrivals, disturbed.toMs, heldBytes),
      liveAgainFigure(arrivals, undisturbed, disturbed.toMs),
      undecodableFigure(arrivals),
    ];
  },
};
