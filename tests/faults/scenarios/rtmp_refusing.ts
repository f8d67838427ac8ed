import type { Case } from "../../_suite/case.ts";
import type { CaseContext } from "../../_suite/case_context.ts";
import type { Figure } from "../../_suite/figure.ts";
import { BAD_NAME } from "../../../src/testers/rtmp_stub_fault.ts";
import { StreamUnderTest, UNDISTURBED_MS } from "../_stream_under_test.ts";
import { unixMs } from "../_frame_identity.ts";
import { exactly } from "../_measured_stream.ts";
import { RtmpProbe } from "../_rtmp_probe.ts";
import { rtpFigures } from "../_rtp_latency.ts";
import { lostFigure, RTMP_LIMITS } from "../_sink_figures.ts";

/** Phases in which the server refuses. */
const REFUSAL = {
  /** Duration of the refusal of connections, and then of publications, in milliseconds. */
  durationMs: 2500,
  /** Largest number of attempts in that time: the retry interval starts at 125 ms and doubles. */
  tries: 6,
} as const;

/**
 * An RTMP server that refuses connections, then publications, and then accepts the stream, next to
 * an RTP output.
 */
export const rtmpRefusing: Case = {
  name: "rtmp-refusing",
  description:
    "An RTMP server that refuses is retried with increasing intervals until it accepts the stream",
  limitSeconds: 60,
  async run(context: CaseContext): Promise<Figure[]> {
    await using server = new RtmpProbe(context.tcpPort());
    const ports = { rtpPort: await context.udpPort(), rtmpPort: server.port };
    await using stream = new StreamUnderTest(context, ports);
    await stream.rtp.open();
    // There is no server at first. The stream must start nevertheless.
    await stream.waitForLog(/cannot be reached/);
    await stream.warmUp();
    const firstFrame = async (): Promise<number> => {
      server.open();
      return await stream.waitForWithin(
        2 * RTMP_LIMITS.firstFrameMs,
        server.waitForFrames(server.frames.length + 1),
        "No frame came to the RTMP server that accepts the stream",
      );
    };
    context.note(firstFrameFigure("that was absent at first", await firstFrame()));

    const undisturbed = await stream.runFor(UNDISTURBED_MS);
    const fromMs = unixMs();
    await server.close();
    await stream.runFor(REFUSAL.durationMs);
    const { connections } = server;
    server.open({ refusal: BAD_NAME });
    await stream.waitForLog(/already publishing/);
    await stream.runFor(REFUSAL.durationMs);
    const tries = server.connections - connections;
    await server.close();
    const firstFrameMs = await firstFrame();
    const disturbed = { fromMs, toMs: unixMs() };
    const recovered = await stream.waitForRecovery(undisturbed);
    const logged = stream.logCount(/already publishing.*trying again/);
    const { rtp } = await stream.finish();
    const lost = await lostFigure(stream, rtp);

    server.check();
    return [
      ...rtpFigures(stream.rtp.frames(), { undisturbed, disturbed, recovered }),
      lost,
      firstFrameFigure("that refused before", firstFrameMs),
      {
        name: "tries to publish while refused",
        value: tries,
        unit: "tries",
        limit: { atMost: REFUSAL.tries },
      },
      exactly("log lines about the refusal", 1, logged, "lines"),
    ];
  },
};

function firstFrameFigure(which: string, value: number): Figure {
  const name = `first RTMP frame at a server ${which}`;
  return { name, value, unit: "ms", limit: { atMost: RTMP_LIMITS.firstFrameMs } };
}
