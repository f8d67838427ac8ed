import { sleep } from "../../../src/sleep.ts";
import { until } from "../../_harness/until.ts";
import type { Case } from "../../_suite/case.ts";
import type { CaseContext } from "../../_suite/case_context.ts";
import type { Figure } from "../../_suite/figure.ts";
import { unixMs } from "../_frame_identity.ts";
import { type RtmpFrame, RtmpProbe } from "../_rtmp_probe.ts";
import { Shaper } from "../_shaper.ts";

const BITRATE_KBPS = 4000;
const LEAST_KBPS = 300;
const LIMIT_KBPS = 1000;
/** Documented limits: a lower rate within 2 s, and the full rate again within 30 s. */
const [DOWN_MS, UP_MS] = [2000, 30_000];
const UNDISTURBED_MS = 3000;
/**
 * How long the link stays narrow, and then is down. The latter is skipped by default,
 * because it takes long.
 */
const NARROW_MS = 8000;
const CUT_MS = Number(Deno.env.get("RTMP_CUT_SECONDS") ?? 0) * 1000;
const LOWERED = /can take no more than (\d+) kbit/;
const FULL = /Encoding at the full 4000 kbit/;

/**
 * A link to the RTMP server that carries a quarter of the stream, and then optionally nothing, with
 * `--adaptive-bitrate`.
 */
export const rtmpAdaptive: Case = {
  name: "rtmp-adaptive",
  description:
    "With a narrow link to the RTMP server, the bit rate is lowered in time and raised again",
  limitSeconds: 150,
  async run(context: CaseContext): Promise<Figure[]> {
    await using server = new RtmpProbe(context.tcpPort());
    server.open();
    await using link = new Shaper(server.port);
    const source = ["--shm-name", context.shmName, "--zmq-endpoint", context.zmqEndpoint];
    context.product("simulator", ["simulate", ...source, "--width", "1280", "--height", "720"]);
    const streamer = context.product("streamer", [
      "--codec",
      "h264",
      "--encoder",
      "software",
      ...source,
      "--bitrate",
      `${BITRATE_KBPS}`,
      "--adaptive-bitrate",
      `${LEAST_KBPS}`,
      "--rtmp",
      "--rtmp-url",
      `rtmp://127.0.0.1:${link.port}/live/key`,
    ]);
    const logCount = (pattern: RegExp): number =>
      streamer.log.lines.filter((line) => pattern.test(line)).length;
    const runFor = (milliseconds: number): Promise<void> => sleep(milliseconds, context.signal);
    const within = async (milliseconds: number, condition: () => boolean): Promise<number> => {
      const startMs = performance.now();
      const late = AbortSignal.any([context.signal, AbortSignal.timeout(milliseconds)]);
      await until(condition, "the bit rate", late).catch(() => {});
      return condition() ? performance.now() - startMs : Infinity;
    };

    const interruptLink = async (): Promise<Figure[]> => {
      const raisedBefore = logCount(FULL);
      link.bytesPerSecond = 0;
      await runFor(CUT_MS);
      link.bytesPerSecond = Infinity;
      const from = server.frames.length;
      const value = await within(UP_MS + 15_000, () => logCount(FULL) > raisedBefore);
      return [
        {
          name: `raised after an interruption of ${CUT_MS} ms`,
          value,
          unit: "ms",
          limit: { atMost: UP_MS + 5000 },
        },
        {
          name: "pictures after the interruption",
          value: server.frames.length - from,
          unit: "frames",
          limit: { atLeast: 30 },
        },
      ];
    };

    await until(() => server.frames.length > 30, "the stream", context.signal);
    const undisturbedFrom = server.frames.length;
    await runFor(UNDISTURBED_MS);
    const undisturbed = server.frames.slice(undisturbedFrom);
    const undisturbedMs = Math.min(...undisturbed.map(offset));

    link.bytesPerSecond = LIMIT_KBPS * 1000 / 8;
    const loweredMs = await within(DOWN_MS + 2000, () => logCount(LOWERED) > 0);
    await runFor(NARROW_MS / 2);
    const narrowFrom = server.frames.length;
    const narrowSinceMs = unixMs();
    await runFor(NARROW_MS / 2);
    const narrow = server.frames.slice(narrowFrom);
    const narrowMs = unixMs() - narrowSinceMs;

    link.bytesPerSecond = Infinity;
    const raisedMs = await within(UP_MS + 5000, () => logCount(FULL) > 0);

    const afterCut = CUT_MS === 0 ? [] : await interruptLink();
    await runFor(1000);
    const back = server.frames.slice(-20);
    const { code } = await streamer.end("SIGTERM");
    server.check();
    return [
      { name: "exit code", value: code ?? NaN, unit: "", limit: { exactly: 0 } },
      {
        name: "bit rate, undisturbed",
        value: kbps(undisturbed, UNDISTURBED_MS),
        unit: "kbit/s",
        limit: { atLeast: LIMIT_KBPS },
      },
      { name: "lowered after", value: loweredMs, unit: "ms", limit: { atMost: DOWN_MS } },
      {
        name: "bit rate over the narrow link",
        value: kbps(narrow, narrowMs),
        unit: "kbit/s",
        limit: { atMost: LIMIT_KBPS },
      },
      {
        name: "pictures over the narrow link",
        value: narrow.length / (narrowMs / 1000),
        unit: "1/s",
        limit: { atLeast: 24 },
      },
      {
        name: "latest picture over the narrow link",
        value: Math.max(...narrow.map(offset)) - undisturbedMs,
        unit: "ms",
        limit: { atMost: 1000 },
      },
      { name: "raised after", value: raisedMs, unit: "ms", limit: { atMost: UP_MS } },
      ...afterCut,
      {
        name: "latest picture at the end",
        value: Math.max(...back.map(offset)) - undisturbedMs,
        unit: "ms",
        limit: { atMost: 500 },
      },
    ];
  },
};

/**
 * Returns the difference between a frame's arrival time and its media timestamp. Only differences
 * between offsets are meaningful.
 */
function offset({ arrivedMs, timestampMs }: RtmpFrame): number {
  return arrivedMs - timestampMs;
}

function kbps(frames: readonly RtmpFrame[], milliseconds: number): number {
  return frames.reduce((sum, { bytes }) => sum + bytes, 0) * 8 / milliseconds;
}
