import type { Case } from "../../_suite/case.ts";
import type { CaseRoom } from "../../_suite/case_room.ts";
import type { Figure } from "../../_suite/figure.ts";
import { BesideRtp, UNDISTURBED_MS } from "../_beside_rtp.ts";
import { unixMs } from "../_frame_identity.ts";
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

/** The way to the server in its bad time. Times are milliseconds. */
const SLOW = {
  /** Share of the stream that passes. */
  passing: 0.25,
  /** Longest time until the streamer is to say that the server does not keep up. */
  feltWithinMs: 8000,
  /** It stays slow for so long behind that. */
  goesOnMs: 2500,
} as const;

const STALLED = /does not keep up/;

/** A way to the RTMP server that carries a quarter of the stream, beside RTP. */
export const rtmpSlow: Case = {
  name: "rtmp-slow",
  description: "An RTMP server behind a link that is too slow gets a live stream with gaps",
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

    const carriedBefore = link.carriedBytes;
    const undisturbed = await stream.lasts(UNDISTURBED_MS);
    const bytesPerSecond = 1000 * (link.carriedBytes - carriedBefore) / UNDISTURBED_MS;
    link.bytesPerSecond = SLOW.passing * bytesPerSecond;
    const fromMs = unixMs();
    await Promise.race([stream.says(STALLED), stream.lasts(SLOW.feltWithinMs)]);
    await stream.lasts(SLOW.goesOnMs);
    const { heldBytes } = link;
    link.bytesPerSecond = Number.POSITIVE_INFINITY;
    const disturbed = { fromMs, toMs: unixMs() };
    const recovered = await stream.recovers(undisturbed);
    const { rtp, rtmp } = await stream.finish();
    const lost = await lostFigure(stream, rtp);

    server.check();
    const frames = stream.rtp.frames();
    const arrivals = rtmpArrivals(frames, server.frames);
    const passed = arrivals.filter(({ arrivedMs }) =>
      arrivedMs >= fromMs && arrivedMs < disturbed.toMs
    );
    return [
      { name: "bytes over RTMP, undisturbed", value: bytesPerSecond, unit: "bytes/s" },
      ...rtpFigures(frames, { undisturbed, disturbed, recovered }),
      lost,
      droppedFigure(rtmp),
      { name: "held by the way to the RTMP server", value: heldBytes, unit: "bytes" },
      {
        ...{ name: "RTMP frames that passed meanwhile", value: passed.length, unit: "frames" },
        limit: { atLeast: 1 },
      },
      waitedFigure(arrivals, disturbed.toMs, heldBytes),
      liveAgainFigure(arrivals, undisturbed, disturbed.toMs),
      undecodableFigure(arrivals),
    ];
  },
};
