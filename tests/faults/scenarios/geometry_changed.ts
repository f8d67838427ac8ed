import type { PictureGeometry } from "../../../src/simulator/picture_geometry.ts";
import type { Case } from "../../_suite/case.ts";
import type { CaseRoom } from "../../_suite/case_room.ts";
import type { Figure } from "../../_suite/figure.ts";
import { disturbedRun } from "../_disturbed_run.ts";
import { exactly, MeasuredStream } from "../_measured_stream.ts";
import { PacedProducer } from "../_streamer.ts";

const GEOMETRY: PictureGeometry = { width: 640, height: 360, pixelFormat: "bgr" };
/** What the producer changes to, one after another: larger, smaller, odd, another format alone. */
const CHANGES: readonly PictureGeometry[] = [
  { width: 1280, height: 720, pixelFormat: "gray" },
  { width: 322, height: 242, pixelFormat: "yuv" },
  { width: 322, height: 242, pixelFormat: "rgba" },
  { width: 640, height: 360, pixelFormat: "yuyv" },
  GEOMETRY,
];
const LIMITS = {
  /** From the first frame of a new geometry to the first that arrives. */
  recoveryMs: 1000,
} as const;
/** When that is not to be waited for any longer. */
const GIVE_UP_MS = 3000;

/** A producer that changes size and pixel format while it runs. */
export const geometryChanged: Case = {
  name: "geometry-changed",
  description: `Size and pixel format changed ${CHANGES.length} times`,
  limitSeconds: 45,
  run,
};

async function run(room: CaseRoom): Promise<readonly Figure[]> {
  using paced = await PacedProducer.open(room, GEOMETRY);
  await using stream = await MeasuredStream.start(room);
  /** The first frame of each change. */
  const firsts: { frameCount: number; atMs: number; size: string }[] = [];
  const { pictures, arrivals, figures, recovery } = await disturbedRun(stream, paced, async () => {
    for (const geometry of CHANGES) {
      const { width, height, pixelFormat } = geometry;
      paced.producer.reconfigure(geometry);
      const size = `${width}x${height}`;
      firsts.push({ frameCount: paced.nextFrameCount, atMs: performance.now(), size });
      await stream.goesOn(`after a change to ${size} ${pixelFormat}`, GIVE_UP_MS);
    }
  });
  const recoveriesMs = firsts.map(({ frameCount, atMs }) => {
    const first = arrivals.find((one) => (one.frameCount ?? -1) >= frameCount);
    return (first?.atMs ?? Number.NaN) - atMs;
  });
  const wrong = pictures.filter(({ frameCount = -1, width, height }) => {
    const { size } = firsts.findLast((first) => first.frameCount <= frameCount) ??
      { size: `${GEOMETRY.width}x${GEOMETRY.height}` };
    return `${width}x${height}` !== size;
  });
  return [
    ...figures,
    exactly("pictures of another size than their frame", 0, wrong.length, "pictures"),
    {
      name: "slowest recovery",
      value: Math.max(...recoveriesMs),
      unit: "ms",
      limit: { atMost: LIMITS.recoveryMs },
    },
    ...recovery(),
  ];
}
