import type { CaseContext } from "../_suite/case_context.ts";
import type { Figure } from "../_suite/figure.ts";
import { StreamUnderTest, UNDISTURBED_MS } from "./_stream_under_test.ts";
import { unixMs } from "./_frame_identity.ts";
import { RtmpProbe } from "./_rtmp_probe.ts";
import { rtpFigures } from "./_rtp_latency.ts";
import { Shaper } from "./_shaper.ts";
import {
  droppedFigure,
  liveAgainFigure,
  lostFigure,
  queueAgeFigure,
  rtmpArrivals,
  undecodableFigure,
} from "./_sink_figures.ts";

/** Degradation of the link to the RTMP server. Times are milliseconds. */
export interface SlowLink {
  /** Share of the stream's bit rate that passes, from 0 to 1. */
  readonly passing: number;
  /** Longest time until the streamer must log that the server does not keep up. */
  readonly detectedWithinMs: number;
  /** Time that the link stays slow after that. */
  readonly continuesMs: number;
}

/** Result of {@linkcode slowLink}. */
export interface SlowLinkRun {
  /** Figures with the limits for all slow links. */
  readonly figures: readonly Figure[];
  /** Frames that arrived at the server while the link was slow. */
  readonly passed: number;
  /** Numbers of log lines about a server that does not keep up, and that keeps up again. */
  readonly logged: { readonly slow: number; readonly again: number };
}

const SLOW = /does not keep up/;
const AGAIN = /keeps up again/;

/** Streams over RTP, and over RTMP through a link that is too slow for a while. */
export async function slowLink(
  context: CaseContext,
  { passing, detectedWithinMs, continuesMs }: SlowLink,
): Promise<SlowLinkRun> {
  await using server = new RtmpProbe(context.tcpPort());
  server.open();
  await using link = new Shaper(server.port);
  await using stream = new StreamUnderTest(context, {
    rtpPort: await context.udpPort(),
    rtmpPort: link.port,
  });
  await stream.rtp.open();
  await stream.warmUp();
  await stream.waitFor(server.waitForFrames(1));

  const carriedBytesBefore = link.carriedBytes;
  const undisturbed = await stream.runFor(UNDISTURBED_MS);
  const bytesPerSecond = 1000 * (link.carriedBytes - carriedBytesBefore) / UNDISTURBED_MS;
  link.bytesPerSecond = passing * bytesPerSecond;
  const fromMs = unixMs();
  await Promise.race([stream.waitForLog(SLOW), stream.runFor(detectedWithinMs)]);
  // Until this moment the socket buffers absorb the data and nothing is disturbed.
  const detectedMs = unixMs();
  await stream.runFor(continuesMs);
  const { heldBytes } = link;
  link.bytesPerSecond = Number.POSITIVE_INFINITY;
  const disturbed = { fromMs: detectedMs, toMs: unixMs() };
  const recovered = await stream.waitForRecovery(undisturbed);
  const logged = { slow: stream.logCount(SLOW), again: stream.logCount(AGAIN) };
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
      { name: "data in flight to the RTMP server", value: heldBytes, unit: "bytes" },
      queueAgeFigure(arrivals, disturbed.toMs, heldBytes),
      liveAgainFigure(arrivals, undisturbed, disturbed.toMs),
      undecodableFigure(arrivals),
      stream.memory.growth(fromMs),
    ],
    passed: passed.length,
    logged,
  };
}
