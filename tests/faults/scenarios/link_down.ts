import type { Case } from "../../_suite/case.ts";
import type { CaseContext } from "../../_suite/case_context.ts";
import type { Figure } from "../../_suite/figure.ts";
import { StreamUnderTest } from "../_stream_under_test.ts";
import { unixMs } from "../_frame_identity.ts";
import { exactly } from "../_measured_stream.ts";
import { RtmpProbe } from "../_rtmp_probe.ts";
import { rtpFigures } from "../_rtp_latency.ts";
import { Shaper } from "../_shaper.ts";
import {
  droppedFigure,
  liveAgainFigure,
  queueAgeFigure,
  rtmpArrivals,
  undecodableFigure,
} from "../_sink_figures.ts";
import { UdpRelay } from "../_udp_relay.ts";

/** Durations of the parts of the scenario. */
export interface LinkTimes {
  /** Time that the link is up, in milliseconds. */
  readonly upMs: number;
  /** Time that the link is then down, in milliseconds. */
  readonly downMs: number;
}

/** Limits for RTP after the link is up again, in milliseconds. */
const RTP_LIMITS = {
  /** Time until the first frame; there is one every 40 ms. */
  firstFrameMs: 500,
  /**
   * Time until the first key frame, from which a decoder can continue; there is one every 520 ms.
   */
  keyFrameMs: 1000,
} as const;

/** RTP and RTMP share one network link, which is up, then down, then up again. */
export function linkDown({ upMs, downMs }: LinkTimes): Case {
  const [up, down] = [`${upMs / 1000} s`, `${downMs / 1000} s`];
  return {
    name: "link-down",
    description: `Live for ${up}, the link down for ${down}, up again: RTP and RTMP are live again`,
    limitSeconds: 60 + (upMs + downMs) / 1000,
    async run(context: CaseContext): Promise<Figure[]> {
      await using server = new RtmpProbe(context.tcpPort());
      server.open();
      await using tcp = new Shaper(server.port);
      const receiverPort = await context.udpPort();
      await using udp = await UdpRelay.open(receiverPort);
      const ports = { rtpPort: udp.port, receiverPort, rtmpPort: tcp.port };
      await using stream = new StreamUnderTest(context, ports);
      await stream.rtp.open();
      await stream.warmUp();
      await stream.waitFor(server.waitForFrames(1));

      const undisturbed = await stream.runFor(upMs);
      [udp.up, tcp.bytesPerSecond] = [false, 0];
      const disturbed = await stream.runFor(downMs);
      const { heldBytes } = tcp;
      [udp.up, tcp.bytesPerSecond] = [true, Number.POSITIVE_INFINITY];
      const upAgainMs = unixMs();
      const recovered = await stream.waitForRecovery(undisturbed);
      const { rtmp } = await stream.finish();

      server.check();
      const frames = stream.rtp.frames();
      const arrivals = rtmpArrivals(frames, server.frames);
      const during = frames.filter(({ capturedMs, arrivedMs }) =>
        capturedMs >= disturbed.fromMs && arrivedMs < upAgainMs
      );
      const after = frames.filter(({ arrivedMs }) => arrivedMs >= upAgainMs);
      const first = after[0]?.arrivedMs ?? Number.NaN;
      const key = after.find(({ keyFrame }) => keyFrame)?.arrivedMs ?? Number.NaN;
      return [
        ...rtpFigures(frames, { undisturbed, recovered }),
        exactly("RTP frames while the link was down", 0, during.length, "frames"),
        {
          name: "first RTP frame after",
          value: first - upAgainMs,
          unit: "ms",
          limit: { atMost: RTP_LIMITS.firstFrameMs },
        },
        {
          name: "RTP can be decoded again after",
          value: key - upAgainMs,
          unit: "ms",
          limit: { atMost: RTP_LIMITS.keyFrameMs },
        },
        droppedFigure(rtmp),
        queueAgeFigure(arrivals, upAgainMs, heldBytes),
        liveAgainFigure(arrivals, undisturbed, upAgainMs),
        undecodableFigure(arrivals),
        stream.memory.growth(disturbed.fromMs),
        { name: "data in flight to the RTMP server", value: heldBytes, unit: "bytes" },
        { name: "TCP connections", value: tcp.connections, unit: "" },
      ];
    },
  };
}

/** Durations as users experience them: 30 s up, and then 15 s down. */
export const longLinkDown: Case = linkDown({ upMs: 30_000, downMs: 15_000 });
