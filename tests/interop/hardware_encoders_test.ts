/**
 * Encoders of VA-API, Quick Sync and V4L2, as stand-ins with the names, properties and limits of
 * the real elements; and the real OpenH264.
 *
 * @module
 */
import assert from "node:assert/strict";
import { startProduct } from "../_harness/product.ts";
import { TimeLimit } from "../_harness/time_limit.ts";
import { HardwareStandin } from "../standin/hardware_standin.ts";

const VA = ["rate-control=cbr", "bitrate=3000", "key-int-max=20", "b-frames=0"];
const QSV = ["rate-control=cbr", "bitrate=3000", "gop-size=20", "idr-interval=0", "b-frames=0"];
const CONTROLS = ["video_bitrate=(int)3000000", "video_bitrate_mode=(int)1"];

/** Expected properties of each element for 3000 kbit/s and a key frame every 20 frames. */
const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  vah264enc: [...VA, "target-usage=7", "aud=false"],
  vah264lpenc: [...VA, "target-usage=7", "aud=false"],
  vah265enc: [...VA, "target-usage=7", "aud=false"],
  vah265lpenc: [...VA, "target-usage=7", "aud=false"],
  qsvh264enc: [...QSV, "target-usage=7", "low-latency=true"],
  qsvh265enc: [...QSV, "target-usage=7", "low-latency=true"],
  v4l2h264enc: [
    `extra-controls="controls, ${CONTROLS.join(", ")}, video_gop_size=(int)20, ` +
    'h264_i_frame_period=(int)20, video_b_frames=(int)0, repeat_sequence_header=(int)1;"',
  ],
};

async function encodedBy(
  encoder: string,
  codec: string,
  env: Readonly<Record<string, string>>,
): Promise<{ code: number; lines: readonly string[] }> {
  using limit = new TimeLimit(60);
  await using product = startProduct(
    [
      "--input-mode",
      "dummy",
      "--dummy-frames",
      "8",
      "--codec",
      codec,
      "--encoder",
      encoder,
      "--bitrate",
      "3000",
      "--gop",
      "20",
    ],
    limit.signal,
    env,
  );
  const { code } = await product.ended;
  return { code, lines: product.log.lines };
}

Deno.test("each hardware encoder gets the options as its own properties, and encodes", async (test) => {
  using machine = await HardwareStandin.build(Object.keys(EXPECTED));
  for (const [element, expected] of Object.entries(EXPECTED)) {
    await test.step(element, async () => {
      const codec = element.includes("h265") ? "h265" : "h264";
      const { code, lines } = await encodedBy(element, codec, machine.env);
      assert.equal(code, 0, lines.join("\n"));
      const encoded = lines.find((line) => line.includes(`by ${element}`)) ?? "";
      // The exact number depends on the speed of the machine.
      assert.match(encoded, /encoded {2}[1-8] access units/, lines.join("\n"));
      assert.deepEqual(machine.properties(element), expected);
    });
  }
});

Deno.test("auto prefers available hardware to software, and hardware uses only hardware", async () => {
  using machine = await HardwareStandin.build(["v4l2h264enc", "vah264enc"]);
  for (const encoder of ["auto", "hardware"]) {
    const { lines } = await encodedBy(encoder, "h264", machine.env);
    assert.ok(lines.some((line) => line.includes("by vah264enc")), lines.join("\n"));
  }
  const none = await encodedBy("hardware", "h265", machine.env);
  assert.equal(none.code, 5);
  assert.match(
    none.lines.at(-1) ?? "",
    /^cvmmap-streamer: No hardware can encode h265 here: NVENC/,
  );
});

Deno.test("OpenH264 encodes if it is selected", async () => {
  const { code, lines } = await encodedBy("openh264enc", "h264", {});
  assert.equal(code, 0, lines.join("\n"));
  assert.ok(lines.some((line) => /[1-8] access units.*by openh264enc/.test(line)));
});

Deno.test("an encoder of another codec is refused with exit code 2, and a missing one with exit code 5", async () => {
  const wrong = await encodedBy("x264enc", "h265", {});
  assert.equal(wrong.code, 2);
  assert.match(wrong.lines.at(-1) ?? "", /Invalid encoder x264enc: it does not encode h265/);
  const missing = await encodedBy("qsvh264enc", "h264", {});
  assert.equal(missing.code, 5);
  assert.match(missing.lines.at(-1) ?? "", /GStreamer has no element qsvh264enc: install/);
});
