import type { Case } from "../../_suite/case.ts";
import type { CaseRoom } from "../../_suite/case_room.ts";
import type { Figure } from "../../_suite/figure.ts";
import type { Child } from "../../_harness/child.ts";
import { BesideRtp, UNDISTURBED_MS } from "../_beside_rtp.ts";
import { unixMs } from "../_frame_identity.ts";
import { exactly } from "../_measured_stream.ts";
import { rtpFigures } from "../_rtp_latency.ts";
import { lostFigure, RTMP_LIMITS } from "../_sink_figures.ts";

/** The server is gone for so long, and then for so long again, once its end was told; in milliseconds. */
const GONE_MS = [200, 1500] as const;
/** Times that it is killed behind that, and started again at once, which is no news then: 20 with those. */
const KILLS_AT_ONCE = 18;
/** Frames that a server takes before it is killed. */
const FRAMES = 10;
/** Longest time until a killed server's end is to be told, in milliseconds. */
const TOLD_WITHIN_MS = 1000;

/** An RTMP server that is killed and started again, beside RTP. */
export const rtmpKilled: Case = {
  name: "rtmp-killed",
  description: "An RTMP server that is killed and comes back is published to again, beside RTP",
  limitSeconds: 120,
  async run(room: CaseRoom): Promise<Figure[]> {
    const rtmpPort = room.tcpPort();
    await using stream = new BesideRtp(room, { rtpPort: await room.udpPort(), rtmpPort });
    await stream.rtp.open();
    let server = await startServer(room, rtmpPort, 0);
    await stream.warm();
    await stream.waits(server.output.waitFor(/^frame/));

    const undisturbed = await stream.lasts(UNDISTURBED_MS);
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
      server = await startServer(room, rtmpPort, index + 1);
      firstFramesMs.push(
        await stream.waitsAtMost(
          2 * RTMP_LIMITS.firstFrameMs,
          server.output.waitFor(/^frame/),
          "No frame came to the RTMP server that was started again",
        ),
      );
      room.note(firstFrameFigure(index, firstFramesMs[index]!));
      await stream.waits(stream.rtp.reaches(stream.rtp.count + FRAMES));
    };
    for (const goneMs of GONE_MS) {
      const told = stream.said(/trying again/);
      await kill();
      await stream.waitsAtMost(
        TOLD_WITHIN_MS,
        stream.says(/trying again/, told + 1),
        "The streamer did not tell of the killed server",
      );
      await stream.lasts(goneMs);
      await startAgain();
    }
    for (let i = 0; i < KILLS_AT_ONCE; i++) {
      await kill();
      await startAgain();
    }
    const disturbed = { fromMs, toMs: unixMs() };
    const recovered = await stream.recovers(undisturbed);
    const { rtp } = await stream.finish();
    const lost = await lostFigure(stream, rtp);
    violations += violationsOf(server);
    return [
      ...rtpFigures(stream.rtp.frames(), { undisturbed, disturbed, recovered }),
      lost,
      ...firstFramesMs.map((value, index) => firstFrameFigure(index, value)),
      exactly("complaints of the RTMP servers", 0, violations),
      stream.memory.grown(fromMs),
    ];
  },
};

function firstFrameFigure(index: number, value: number): Figure {
  const name = `first RTMP frame after start ${index + 2} of the server`;
  return { name, value, unit: "ms", limit: { atMost: RTMP_LIMITS.firstFrameMs } };
}

/** Starts one at the port that the one before had; resolves when it listens. */
async function startServer(room: CaseRoom, port: number, index: number): Promise<Child> {
  const program = new URL("../_rtmp_server.ts", import.meta.url).pathname;
  const args = ["run", "--quiet", "--no-check", "-A", program, `${port}`];
  const server = room.process(`rtmp-server-${index + 1}`, Deno.execPath(), args);
  await server.output.waitFor(/^listening/);
  return server;
}

/** What comes must begin with a key frame, and be valid. */
function violationsOf({ output: { lines: [, first, ...others] } }: Child): number {
  return others.filter((line) => !line.startsWith("frame")).length +
    (first === "frame, key" ? 0 : 1);
}
