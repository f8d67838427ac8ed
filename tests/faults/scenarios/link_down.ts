import type { Case } from "../../_suite/case.ts";
import type { CaseRoom } from "../../_suite/case_room.ts";
import type { Figure } from "../../_suite/figure.ts";
import { BesideRtp } from "../_beside_rtp.ts";
import { unixMs } from "../_frame_identity.ts";
import { exactly } from "../_measured_stream.ts";
import { RtmpProbe } from "../_rtmp_probe.ts";
import { rtpFigures } from "../_rtp_latency.ts";
import { Shaper } from "../_shaper.ts";
import {
  droppedFigure,
  liveAgainFigure,
  rtmpArrivals,
  undecodableFigure,
  waitedFigure,
} from "../_sink_figures.ts";
import { UdpRelay } from "../_udp_relay.ts";

/** How long the parts of the scenario last. */
export interface LinkTimes {
  /** The link is up, in milliseconds. */
  readonly upMs: number;
  /** Then it is down, in milliseconds. */
  readonly downMs: number;
}

/** What RTP must keep when the link is up again, in milliseconds. */
const RTP_LIMITS = {
  /** Until the first frame: there is one every 40 ms. */
  firstFrameMs: 500,
  /** Until the first key frame, behind which a decoder goes on: there is one every 520 ms. */
  keyFrameMs: 1000,
} as const;

/** All that leaves the machine goes over one link, which is up, then down, then up again. */
export function linkDown({ upMs, downMs }: LinkTimes): Case {
  const [up, down] = [`${upMs / 1000} s`, `${downMs / 1000} s`];
  return {
    name: "link-down",
    description: `Live for ${up}, the link down for ${down}, up again: RTP and RTMP are live again`,
    limitSeconds: 60 + (upMs + downMs) / 1000,
    async run(room: CaseRoom): Promise<Figure[]> {
      await using server = new RtmpProbe(room.tcpPort());
      server.open();
      await using tcp = new Shaper(server.port);
      const receiverPort = await room.udpPort();
      await using udp = await UdpRelay.open(receiverPort);
      const ports = { rtpPort: udp.port, receiverPort, rtmpPort: tcp.port };
      await using stream = new BesideRtp(room, ports);
      await stream.rtp.open();
      await stream.warm();
      await stream.waits(server.reaches(1));

      const undisturbed = await stream.lasts(upMs);
      [udp.up, tcp.bytesPerSecond] = [false, 0];
      const disturbed = await stream.lasts(downMs);
      const { heldBytes } = tcp;
      [udp.up, tcp.bytesPerSecond] = [true, Number.POSITIVE_INFINITY];
      const upAgainMs = unixMs();
      const recovered = await stream.recovers(undisturbed);
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
        waitedFigure(arrivals, upAgainMs, heldBytes),
        liveAgainFigure(arrivals, undisturbed, upAgainMs),
        undecodableFigure(arrivals),
        stream.memory.grown(disturbed.fromMs),
        { name: "held by the way to the RTMP server", value: heldBytes, unit: "bytes" },
        { name: "TCP connections", value: tcp.connections, unit: "" },
      ];
    },
  };
}

/** What users meet: half a minute live, and a link that is down for a quarter of one. */
export const linkDownLong: Case = linkDown({ upMs: 30_000, downMs: 15_000 });
