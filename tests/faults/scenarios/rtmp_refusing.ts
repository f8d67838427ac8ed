import type { Case } from "../../_suite/case.ts";
import type { CaseRoom } from "../../_suite/case_room.ts";
import type { Figure } from "../../_suite/figure.ts";
import { BAD_NAME } from "../../../src/testers/rtmp_stub_fault.ts";
import { BesideRtp, UNDISTURBED_MS } from "../_beside_rtp.ts";
import { unixMs } from "../_frame_identity.ts";
import { exactly } from "../_measured_stream.ts";
import { RtmpProbe } from "../_rtmp_probe.ts";
import { rtpFigures } from "../_rtp_latency.ts";
import { lostFigure, RTMP_LIMITS } from "../_sink_figures.ts";

/** What a server that refuses may be asked. */
const REFUSAL = {
  /** It refuses connections, and then publications, for so long each; in milliseconds. */
  lastsMs: 2500,
  /** Tries within that time: with waits of 125 ms at least that double, there are no more. */
  tries: 6,
} as const;

/** An RTMP server that refuses connections, then publications, then takes the stream, beside RTP. */
export const rtmpRefusing: Case = {
  name: "rtmp-refusing",
  description: "An RTMP server that refuses is asked again, politely, until it takes the stream",
  limitSeconds: 60,
  async run(room: CaseRoom): Promise<Figure[]> {
    await using server = new RtmpProbe(room.tcpPort());
    const ports = { rtpPort: await room.udpPort(), rtmpPort: server.port };
    await using stream = new BesideRtp(room, ports);
    await stream.rtp.open();
    // There is no server at first: that is no reason not to begin.
    await stream.says(/cannot be reached/);
    await stream.warm();
    const firstFrame = async (): Promise<number> => {
      server.open();
      return await stream.waitsAtMost(
        2 * RTMP_LIMITS.firstFrameMs,
        server.reaches(server.frames.length + 1),
        "No frame came to the RTMP server that takes the stream",
      );
    };
    room.note(firstFrameFigure("that was not there at first", await firstFrame()));

    const undisturbed = await stream.lasts(UNDISTURBED_MS);
    const fromMs = unixMs();
    await server.close();
    await stream.lasts(REFUSAL.lastsMs);
    const { connections } = server;
    server.open({ refusal: BAD_NAME });
    await stream.says(/already publishing/);
    await stream.lasts(REFUSAL.lastsMs);
    const tries = server.connections - connections;
    await server.close();
    const firstFrameMs = await firstFrame();
    const disturbed = { fromMs, toMs: unixMs() };
    const recovered = await stream.recovers(undisturbed);
    const told = stream.said(/already publishing.*trying again/);
    const { rtp } = await stream.finish();
    const lost = await lostFigure(stream, rtp);

    server.check();
    return [
      ...rtpFigures(stream.rtp.frames(), { undisturbed, disturbed, recovered }),
      lost,
      firstFrameFigure("that has refused", firstFrameMs),
      {
        name: "tries to publish while refused",
        value: tries,
        unit: "tries",
        limit: { atMost: REFUSAL.tries },
      },
      exactly("log lines that tell of the refusal", 1, told, "lines"),
    ];
  },
};

function firstFrameFigure(which: string, value: number): Figure {
  const name = `first RTMP frame at a server ${which}`;
  return { name, value, unit: "ms", limit: { atMost: RTMP_LIMITS.firstFrameMs } };
}
