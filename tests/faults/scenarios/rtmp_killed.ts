import type { Case } from "../../_suite/case.ts";
import type { CaseContext } from "../../_suite/case_context.ts";
import type { Figure } from "../../_suite/figure.ts";
import type { Child } from "../../_harness/child.ts";
import { StreamUnderTest, UNDISTURBED_MS } from "../_stream_under_test.ts";
import { unixMs } from "../_frame_identity.ts";
import { exactly } from "../_measured_stream.ts";
import { rtpFigures } from "../_rtp_latency.ts";
import { lostFigure, RTMP_LIMITS } from "../_sink_figures.ts";

/** Downtimes of the server after the streamer has logged that it is gone, in milliseconds. */
const GONE_MS = [200, 1500] as const;
/**
 * Number of further kills with an immediate restart, which is not always logged; 20 kills in total.
 */
const IMMEDIATE_RESTARTS = 18;
/** Frames to wait for before the server is killed again. */
const FRAMES = 10;
/** Longest time until the streamer logs that a server is gone, in milliseconds. */
const REPORTED_WITHIN_MS = 1000;

/** An RTMP server that is killed and restarted, next to an RTP output. */
export const rtmpKilled: Case = {
  name: "rtmp-killed",
  description:
    "An RTMP server that is killed and restarted is published to again, without effect on RTP",
  limitSeconds: 120,
  async run(context: CaseContext): Promise<Figure[]> {
    const rtmpPort = context.tcpPort();
    await using stream = new StreamUnderTest(context, {
      rtpPort: await context.udpPort(),
      rtmpPort,
    });
    await stream.rtp.open();
    let server = await startServer(context, rtmpPort, 0);
    await stream.warmUp();
    await stream.waitFor(server.output.waitFor(/^frame/));

    const undisturbed = await stream.runFor(UNDISTURBED_MS);
    const fromMs = unixMs();
    const firstFramesMs: number[] = [];
    let violations = 0;
    const kill = async (): Promise<void> => {
      // With SIGKILL.
      await server[Symbol.asyncDispose]();
      violations += violationsOf(server);
    };
    const startAgain = async (): Promise<void> => {
      const index = firstFramesMs.length;
      server = await startServer(context, rtmpPort, index + 1);
      firstFramesMs.push(
        await stream.waitForWithin(
          2 * RTMP_LIMITS.firstFrameMs,
          server.output.waitFor(/^frame/),
          "No frame came to the RTMP server that was started again",
        ),
      );
      context.note(firstFrameFigure(index, firstFramesMs[index]!));
      await stream.waitFor(stream.rtp.waitForFrames(stream.rtp.count + FRAMES));
    };
    for (const goneMs of GONE_MS) {
      const logged = stream.logCount(/trying again/);
      await kill();
      await stream.waitForWithin(
        REPORTED_WITHIN_MS,
        stream.waitForLog(/trying again/, logged + 1),
        "The streamer did not tell of the killed server",
      );
      await stream.runFor(goneMs);
      await startAgain();
    }
    for (let i = 0; i < IMMEDIATE_RESTARTS; i++) {
      await kill();
      await startAgain();
    }
    const disturbed = { fromMs, toMs: unixMs() };
    const recovered = await stream.waitForRecovery(undisturbed);
    const { rtp } = await stream.finish();
    const lost = await lostFigure(stream, rtp);
    violations += violationsOf(server);
    return [
      ...rtpFigures(stream.rtp.frames(), { undisturbed, disturbed, recovered }),
      lost,
      ...firstFramesMs.map((value, index) => firstFrameFigure(index, value)),
      exactly("complaints of the RTMP servers", 0, violations),
      stream.memory.growth(fromMs),
    ];
  },
};

function firstFrameFigure(index: number, value: number): Figure {
  const name = `first RTMP frame after start ${index + 2} of the server`;
  return { name, value, unit: "ms", limit: { atMost: RTMP_LIMITS.firstFrameMs } };
}

/** Starts one at the port that the one before had; resolves when it listens. */
async function startServer(context: CaseContext, port: number, index: number): Promise<Child> {
  const program = new URL("../_rtmp_server.ts", import.meta.url).pathname;
  const args = ["run", "--quiet", "--no-check", "-A", program, `${port}`];
  const server = context.process(`rtmp-server-${index + 1}`, Deno.execPath(), args);
  await server.output.waitFor(/^listening/);
  return server;
}

/** What comes must begin with a key frame, and be valid. */
function violationsOf({ output: { lines: [, first, ...others] } }: Child): number {
  return others.filter((line) => !line.startsWith("frame")).length +
    (first === "frame, key" ? 0 : 1);
}
