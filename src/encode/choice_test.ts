import assert from "node:assert/strict";
import { StreamerError } from "../errors.ts";
import { ENCODER_CANDIDATES } from "./candidates.ts";
import { chooseEncoders, type EncoderEnvironment } from "./choice.ts";
import { OPTIONS } from "./_testing.ts";
import { ENCODER_ELEMENTS } from "./options.ts";
import type { NvencAnswer } from "./nvenc_probe.ts";

const USABLE: NvencAnswer = {
  usable: true,
  codec: "h264",
  deviceIndex: 0,
  deviceName: "Stand-in GPU",
  apiVersion: "11.0",
  driverApiVersion: "13.0",
  cudaVersion: "13.0",
};
const REFUSED: NvencAnswer = {
  usable: false,
  codec: "h264",
  reason: {
    kind: "unsupported_device",
    status: "NV_ENC_ERR_UNSUPPORTED_DEVICE",
    message: "NVENC cannot be used: Stand-in GPU has no encoder (NV_ENC_ERR_UNSUPPORTED_DEVICE)",
  },
};

function machine(answer: NvencAnswer, ...elements: string[]): EncoderEnvironment {
  return {
    probe: () => Promise.resolve(answer),
    elementExists: (name) => elements.includes(name),
    candidates: ENCODER_CANDIDATES,
  };
}

async function chosen(
  encoder: typeof OPTIONS.encoder,
  environment: EncoderEnvironment,
): Promise<string[]> {
  const candidates = await chooseEncoders({ ...OPTIONS, encoder }, environment);
  return candidates.map(({ element }) => element);
}

Deno.test("chooseEncoders() tries NVENC elements in order, then software, when the NVENC API says yes", async () => {
  const all = ["x264enc", "nvh264enc", "nvcudah264enc", "nvautogpuh264enc", "x265enc"];
  assert.deepEqual(await chosen("auto", machine(USABLE, ...all)), [
    "nvcudah264enc",
    "nvautogpuh264enc",
    "nvh264enc",
    "x264enc",
  ]);
  assert.deepEqual((await chosen("nvenc", machine(USABLE, ...all))).at(-1), "nvh264enc");
});

Deno.test("chooseEncoders() does not try NVENC elements when the NVENC API says no", async () => {
  assert.deepEqual(await chosen("auto", machine(REFUSED, "nvcudah264enc", "x264enc")), ["x264enc"]);
});

Deno.test("chooseEncoders() tries a Jetson's encoder whatever the NVENC API says", async () => {
  const jetson = machine(REFUSED, "nvv4l2h264enc", "x264enc");
  assert.deepEqual(await chosen("auto", jetson), ["nvv4l2h264enc", "x264enc"]);
  assert.deepEqual(await chosen("nvenc", jetson), ["nvv4l2h264enc"]);
});

Deno.test("chooseEncoders() does not ask the NVENC API for --encoder software", async () => {
  const environment: EncoderEnvironment = {
    ...machine(USABLE, "x264enc", "nvh264enc"),
    probe: () => assert.fail("asked"),
  };
  assert.deepEqual(await chosen("software", environment), ["x264enc"]);
});

async function refusal(
  encoder: typeof OPTIONS.encoder,
  environment: EncoderEnvironment,
): Promise<StreamerError> {
  try {
    await chosen(encoder, environment);
  } catch (error) {
    if (error instanceof StreamerError) return error;
    throw error;
  }
  assert.fail("an encoder was chosen");
}

Deno.test("chooseEncoders() refuses --encoder nvenc with the reason", async () => {
  const error = await refusal("nvenc", machine(REFUSED, "x264enc"));
  assert.equal(error.code, "nvenc_unsupported_device");
  assert.match(error.message, /NV_ENC_ERR_UNSUPPORTED_DEVICE/);

  const missing = await refusal("nvenc", machine(USABLE, "x264enc"));
  assert.equal(missing.code, "nvenc_element_missing");
  assert.match(missing.message, /gstreamer1.0-plugins-bad/);
});

Deno.test("chooseEncoders() names the package of a missing software encoder", async () => {
  for (const encoder of ["auto", "software"] as const) {
    const error = await refusal(encoder, machine(REFUSED));
    assert.equal(error.code, "missing_element");
    assert.match(error.message, /x264enc: install gstreamer1.0-plugins-ugly \(Debian, Ubuntu\)/);
    assert.match(error.message, /Fedora/);
    assert.match(error.message, /Arch/);
  }
});

Deno.test("chooseEncoders() tries other hardware after NVIDIA's and before software", async () => {
  const all = ["x264enc", "v4l2h264enc", "qsvh264enc", "vah264lpenc", "vah264enc", "openh264enc"];
  const others = ["vah264enc", "vah264lpenc", "qsvh264enc", "v4l2h264enc"];
  assert.deepEqual(await chosen("auto", machine(REFUSED, ...all)), [
    ...others,
    "x264enc",
    "openh264enc",
  ]);
  const nvidia = machine(USABLE, ...all, "nvh264enc");
  assert.deepEqual(await chosen("hardware", nvidia), ["nvh264enc", ...others]);
  assert.deepEqual(await chosen("nvenc", nvidia), ["nvh264enc"]);
  assert.deepEqual(await chosen("software", nvidia), ["x264enc", "openh264enc"]);
  assert.deepEqual(await chosen("auto", machine(REFUSED, "openh264enc")), ["openh264enc"]);
  const error = await refusal("hardware", machine(REFUSED, "x264enc"));
  assert.equal(error.code, "no_hardware_encoder");
});

Deno.test("chooseEncoders() tries only the chosen element, without asking the NVENC API", async () => {
  const environment: EncoderEnvironment = {
    ...machine(USABLE, "openh264enc", "x264enc", "nvh264enc"),
    probe: () => assert.fail("asked"),
  };
  for (const element of ["openh264enc", "x264enc", "nvh264enc"] as const) {
    assert.deepEqual(await chosen(element, environment), [element]);
  }
  assert.equal((await refusal("vah264enc", environment)).code, "missing_element");
  assert.equal((await refusal("x265enc", environment)).code, "invalid_configuration");
});

Deno.test("ENCODER_ELEMENTS and ENCODER_CANDIDATES have the same elements, each once", () => {
  const elements = ENCODER_CANDIDATES.map(({ element }) => element);
  assert.deepEqual(elements.toSorted(), ENCODER_ELEMENTS.toSorted());
  assert.equal(new Set(elements).size, elements.length);
});
