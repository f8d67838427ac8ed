import type { CaseRoom } from "../_suite/case_room.ts";
import type { Figure } from "../_suite/figure.ts";
import { BesideRtp, UNDISTURBED_MS } from "./_beside_rtp.ts";
import { unixMs } from "./_frame_identity.ts";
import { RtmpProbe } from "./_rtmp_probe.ts";
import { rtpFigures } from "./_rtp_latency.ts";
import { Shaper } from "./_shaper.ts";
import {
  droppedFigure,
  liveAgainFigure,
  lostFigure,
  rtmpArrivals,
  undecodableFigure,
  waitedFigure,
} from "./_sink_figures.ts";

/** A way to the RTMP server in its bad time. Times are milliseconds. */
export interface SlowLink {
  /** Share of the stream that passes: none, if 0. */
  readonly passing: number;
  /** Longest time until the streamer is to say that the server does not keep up. */
  readonly feltWithinMs: number;
  /** It stays slow for so long behind that. */
  readonly goesOnMs: number;
}

/** What came of it. */
export interface SlowLinkRun {
  /** What every way that is too slow has to keep. */
  readonly figures: readonly Figure[];
  /** Frames that the server was given in the bad time. */
  readonly passed: number;
  /** Lines of the log that say that the server does not keep up, and that it does again. */
  readonly told: { readonly slow: number; readonly again: number };
}

const SLOW = /does not keep up/;
const AGAIN = /keeps up again/;

/** Streams over RTP, and over RTMP by a way that becomes too slow for a while. */
export async function slowLink(
  room: CaseRoom,
  { passing, feltWithinMs, goesOnMs }: SlowLink,
): Promise<SlowLinkRun> {
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
  link.bytesPerSecond = passing * bytesPerSecond;
  const fromMs = unixMs();
  await Promise.race([stream.says(SLOW), stream.lasts(feltWithinMs)]);
  // Until then the system's buffers take it, for longer than the rest lasts: nothing is disturbed.
  const feltMs = unixMs();
  await stream.lasts(goesOnMs);
  const { heldBytes } = link;
  link.bytesPerSecond = Number.POSITIVE_INFINITY;
  const disturbed = { fromMs: feltMs, toMs: unixMs() };
  const recovered = await stream.recovers(undisturbed);
  const told = { slow: stream.said(SLOW), again: stream.said(AGAIN) };
  const { rtp, rtmp } = await stream.finish();
  const lost = await lostFigure(stream, rtp);

  server.check();
  const frames = stream.rtp.frames();
  const arrivals = rtmpArrivals(frames, server.frames);
  const passed = arrivals.filter(({ arrivedMs }) =>
    arrivedMs >= fromMs && arrivedMs < disturbed.toMs
  );
  return {
    figures: [
      { name: "bytes over RTMP, undisturbed", value: bytesPerSecond, unit: "bytes/s" },
      ...rtpFigures(frames, { undisturbed, disturbed, recovered }),
      lost,
      droppedFigure(rtmp),
      { name: "held by the way to the RTMP server", value: heldBytes, unit: "bytes" },
      waitedFigure(arrivals, disturbed.toMs, heldBytes),
      liveAgainFigure(arrivals, undisturbed, disturbed.toMs),
      undecodableFigure(arrivals),
      stream.memory.grown(fromMs),
    ],
    passed: passed.length,
    told,
  };
}
