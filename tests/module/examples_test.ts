import assert from "node:assert/strict";
import type { Child } from "../_harness/child.ts";
import { startProduct } from "../_harness/product.ts";
import { stepsAtOnce } from "../_harness/steps_at_once.ts";
import { TimeLimit } from "../_harness/time_limit.ts";
import { freeUdpPorts } from "../_harness/udp_ports.ts";
import { until } from "../_harness/until.ts";
import { runRtpReceiverTester } from "../../src/testers/rtp_receiver.ts";
import { denosUnderTest, ScratchProject } from "./_scratch_project.ts";

/** What the test of an example uses. */
interface ExampleContext {
  readonly project: ScratchProject;
  /** Name of a running camera. */
  readonly camera: string;
  readonly signal: AbortSignal;
}

/** Runs a test with a project and a camera. */
async function withCamera(
  deno: ReturnType<typeof denosUnderTest>[number],
  run: (context: ExampleContext) => Promise<void>,
): Promise<void> {
  using limit = new TimeLimit(120);
  const { signal } = limit;
  using project = new ScratchProject(deno);
  const camera = `example-${crypto.randomUUID().slice(0, 8)}`;
  await using simulator = startProduct(["simulate", "--target", camera], signal);
  await until(() => simulator.over || exists(`/dev/shm/cvmmap_${camera}`), "the camera", signal);
  if (simulator.over) await simulator.succeeded();
  await run({ project, camera, signal });
  await simulator.end("SIGTERM");
  await simulator.succeeded();
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/**
 * Declares a test that runs with every Deno, two at the same time, since examples mostly wait for a
 * camera.
 */
function testOnEach(
  name: string,
  run: (deno: ReturnType<typeof denosUnderTest>[number]) => Promise<void>,
): void {
  Deno.test(name, async (test) => {
    const steps = denosUnderTest().map((deno) => ({
      name: `on ${deno.name}`,
      run: () => run(deno),
    }));
    await stepsAtOnce(test, 2, steps);
  });
}

async function outputOf(child: Child): Promise<string> {
  await child.succeeded();
  return child.output.lines.join("\n");
}

testOnEach("the examples pass type checking", async (deno) => {
  using limit = new TimeLimit(120);
  using project = new ScratchProject(deno);
  await using check = project.check(limit.signal);
  await check.succeeded();
});

testOnEach("embed_stream.ts streams over RTP until Ctrl-C", async (deno) => {
  await withCamera(deno, async ({ project, camera, signal }) => {
    const port = freeUdpPorts();
    const sdp = project.path("camera.sdp");
    const arguments_ = [camera, `127.0.0.1:${port}`, sdp];
    await using example = project.run("embed_stream.ts", arguments_, signal);
    const over = new AbortController();
    example.ended.then(() => over.abort());
    const { outcome, message } = await runRtpReceiverTester(
      { port, expectPt: 96, packetThreshold: 100, timeoutMs: 100_000, codec: "h264" },
      over.signal,
    );
    assert.equal(outcome, "passed", `${message}\n${example.log.lines.join("\n")}`);
    assert.equal((await example.end("SIGINT")).code, 0);
    assert.match(Deno.readTextFileSync(sdp), /^a=rtpmap:96 H264\/90000\r$/m);
  });
});

testOnEach(
  "write_access_units.ts writes a file in which ffprobe counts the frames",
  async (deno) => {
    await withCamera(deno, async ({ project, camera, signal }) => {
      const path = project.path("camera.h264");
      await using example = project.run("write_access_units.ts", [camera, path, "90"], signal);
      await example.succeeded();
      const { stdout } = await new Deno.Command("ffprobe", {
        args: [
          "-v",
          "error",
          "-count_frames",
          "-of",
          "default=nw=1",
          "-show_entries",
          "stream=codec_name,width,height,nb_read_frames",
          path,
        ],
        stdin: "null",
        signal,
      }).output();
      const [codec, width, height, count] = new TextDecoder().decode(stdout).trim().split("\n");
      assert.deepEqual([codec, width, height], ["codec_name=h264", "width=640", "height=360"]);
      // Frames read before the encoder has started are not in the file.
      const frames = Number(count?.replace("nb_read_frames=", ""));
      assert.ok(frames >= 60 && frames <= 90, `${count}`);
    });
  },
);

testOnEach("own_sink.ts receives access units", async (deno) => {
  await withCamera(deno, async ({ project, camera, signal }) => {
    await using example = project.run("own_sink.ts", [camera, "4"], signal);
    const output = await outputOf(example);
    assert.match(output, /^second 0: [\d.]+ kbit, [1-9]\d* key$/m);
    const [, units] = /^bit rate printer: (\d+) access units, \d+ bytes$/m.exec(output) ?? [];
    assert.ok(Number(units) >= 30, output);
  });
});

testOnEach("count_frames.ts counts frames", async (deno) => {
  await withCamera(deno, async ({ project, camera, signal }) => {
    await using example = project.run("count_frames.ts", [camera, "3"], signal);
    const output = await outputOf(example);
    const [, frames] = /^(\d+) whole frames of 640x360$/m.exec(output) ?? [];
    assert.ok(Number(frames) >= 30 && Number(frames) <= 95, output);
  });
});
