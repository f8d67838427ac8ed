import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { NvencStandin } from "../../tests/standin/nvenc_standin.ts";
import type { Codec } from "../bitstream/codec.ts";
import { forgetNvencAnswers, nvencAnswer } from "./nvenc_answers.ts";
import { type NvencAnswer, type NvencProbeOptions, probeNvenc } from "./nvenc_probe.ts";

interface Case {
  readonly name: string;
  /** Configuration of the stand-in. */
  readonly driver: string;
  readonly codec?: Codec;
  readonly options?: NvencProbeOptions;
  /** `kind` and `status` of the reason, or the index of the GPU if NVENC is usable. */
  readonly expect: readonly [kind: string, status?: string] | number;
  /** What the message matches. */
  readonly message?: RegExp;
}

const CASES: readonly Case[] = [
  { name: "H.264 usable", driver: "", expect: 0 },
  { name: "H.265 usable", driver: "", codec: "h265", expect: 0 },
  { name: "H.265 usable without H.264", driver: "h264=0", codec: "h265", expect: 0 },
  { name: "oldest supported API version", driver: "max=110", expect: 0 },
  { name: "first GPU without, second GPU with an encoder", driver: "devices=2,open=2", expect: 1 },
  { name: "both GPUs usable", driver: "devices=2", expect: 0 },
  {
    name: "H.264 not offered",
    driver: "h264=0",
    expect: ["codec_not_offered"],
    message: /Stand-in GPU 0 does not encode H\.264/,
  },
  {
    name: "H.265 not offered",
    driver: "hevc=0",
    codec: "h265",
    expect: ["codec_not_offered"],
    message: /does not encode H\.265/,
  },
  {
    name: "no driver",
    driver: "",
    options: { cudaLibrary: "libcuda-absent.so.1" },
    expect: ["no_driver"],
    message: /no NVIDIA driver \(libcuda-absent\.so\.1: cannot open shared object file/,
  },
  {
    name: "driver that lacks functions",
    driver: "",
    options: { cudaLibrary: "libm.so.6" },
    expect: ["no_driver"],
    message: /undefined symbol: cu/,
  },
  {
    name: "no encode library, like on a Jetson",
    driver: "",
    options: { encodeLibrary: "libnvidia-encode-absent.so.1" },
    expect: ["no_encode_library"],
    message: /without its encode library \(libnvidia-encode-absent\.so\.1: cannot open/,
  },
  { name: "no GPU, reported by the count", driver: "devices=0", expect: ["no_device"] },
  {
    name: "no GPU, reported by cuInit",
    driver: "init=100",
    expect: ["no_device", "CUDA_ERROR_NO_DEVICE"],
    message: /finds no GPU/,
  },
  {
    name: "driver that does not initialize",
    driver: "init=803",
    expect: ["cuda_error", "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH"],
    message: /cuInit failed with CUDA_ERROR_SYSTEM_DRIVER_MISMATCH \(803\)/,
  },
  {
    name: "CUDA error without a name",
    driver: "count=4321",
    expect: ["cuda_error", "CUresult(4321)"],
  },
  {
    name: "GPU used exclusively by another program",
    driver: "context=46",
    expect: ["cuda_error", "CUDA_ERROR_DEVICE_UNAVAILABLE"],
    message: /cuDevicePrimaryCtxRetain failed .* on Stand-in GPU 0/,
  },
  {
    name: "driver that reports an old API version",
    driver: "max=100",
    expect: ["api_version"],
    message: /supports the NVENC API 10\.0, but 11\.0 is needed/,
  },
  {
    name: "driver that refuses the function list's version",
    driver: "create=15",
    expect: ["api_version", "NV_ENC_ERR_INVALID_VERSION"],
  },
  {
    name: "driver that refuses the session's version",
    driver: "open=15",
    expect: ["api_version", "NV_ENC_ERR_INVALID_VERSION"],
  },
  {
    name: "GPU without an encoder",
    driver: "open=2",
    expect: ["unsupported_device", "NV_ENC_ERR_UNSUPPORTED_DEVICE"],
    message: /Stand-in GPU 0 has no encoder for NVENC \(NV_ENC_ERR_UNSUPPORTED_DEVICE\)/,
  },
  {
    name: "no encode device",
    driver: "open=1",
    expect: ["unsupported_device", "NV_ENC_ERR_NO_ENCODE_DEVICE"],
  },
  {
    name: "session limit of an older driver",
    driver: "open=10",
    expect: ["session_limit", "NV_ENC_ERR_OUT_OF_MEMORY"],
    message: /cannot open another encode session/,
  },
  {
    name: "session limit of a later driver",
    driver: "open=21",
    expect: ["session_limit", "NV_ENC_ERR_INCOMPATIBLE_CLIENT_KEY"],
  },
  {
    name: "another error",
    driver: "open=9",
    expect: ["nvenc_error", "NV_ENC_ERR_INVALID_CALL"],
    message: /NvEncOpenEncodeSessionEx failed with NV_ENC_ERR_INVALID_CALL \(9\)/,
  },
  { name: "status without a name", driver: "open=99", expect: ["nvenc_error", "NVENCSTATUS(99)"] },
  {
    name: "session that fails to open but leaves a handle",
    driver: "open=20,half=1",
    expect: ["nvenc_error", "NV_ENC_ERR_GENERIC"],
  },
  {
    name: "session that cannot list its codecs",
    driver: "guids=20",
    expect: ["nvenc_error", "NV_ENC_ERR_GENERIC"],
    message: /NvEncGetEncodeGUIDCount/,
  },
  {
    name: "two GPUs, the second with the more useful reason",
    driver: "devices=2,open=2,open1=10",
    expect: ["session_limit", "NV_ENC_ERR_OUT_OF_MEMORY"],
    message: /Stand-in GPU 1/,
  },
  {
    name: "two GPUs, the first with the more useful reason",
    driver: "devices=2,open=10,open1=2",
    expect: ["session_limit", "NV_ENC_ERR_OUT_OF_MEMORY"],
    message: /Stand-in GPU 0/,
  },
  {
    name: "two GPUs with the same reason",
    driver: "devices=2,open=2,open1=2",
    expect: ["unsupported_device", "NV_ENC_ERR_UNSUPPORTED_DEVICE"],
    message: /Stand-in GPU 0/,
  },
];

function assertAnswer(answer: NvencAnswer, expected: Case): void {
  const { driver, codec = "h264", expect } = expected;
  assert.equal(answer.codec, codec);
  if (answer.usable) {
    assert.deepEqual(answer, {
      usable: true,
      codec,
      deviceIndex: expect,
      deviceName: `Stand-in GPU ${expect}`,
      apiVersion: "11.0",
      driverApiVersion: driver.includes("max=110") ? "11.0" : "13.0",
      cudaVersion: "12.4",
    });
    return;
  }
  const { kind, status, message } = answer.reason;
  assert.deepEqual(status === undefined ? [kind] : [kind, status], expect);
  assert.match(message, expected.message ?? /./);
  assert.match(message, /^NVENC cannot be used: .+$/);
}

async function answerAll(t: Deno.TestContext): Promise<string> {
  using standin = await NvencStandin.build();
  const { cudaLibrary, encodeLibrary } = standin;
  for (const each of CASES) {
    await t.step(each.name, async () => {
      standin.configure(each.driver);
      const options = { cudaLibrary, encodeLibrary, ...each.options };
      assertAnswer(await probeNvenc(each.codec ?? "h264", options), each);
      standin.assertClean();
    });
  }
  return standin.folder;
}

Deno.test("probeNvenc() returns the reason or the GPU, and unloads the libraries", async (t) => {
  const folder = await answerAll(t);
  const mapped = Deno.readTextFileSync("/proc/self/maps").includes(folder);
  assert.equal(mapped, false, "the probe left a library loaded");
});

Deno.test("probeNvenc() finds the libraries by their sonames", async () => {
  using standin = await NvencStandin.build();
  const script = fileURLToPath(new URL("../../scripts/probe_nvenc.ts", import.meta.url));
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--allow-ffi", script],
    env: { LD_LIBRARY_PATH: standin.folder, NVENC_STANDIN: "hevc=0" },
  }).output();
  const lines = new TextDecoder().decode(stdout).trimEnd().split("\n");
  assert.equal(lines.length, 2, new TextDecoder().decode(stderr));
  const [h264, h265] = lines.map((line) => JSON.parse(line));
  assert.equal(h264.usable, true);
  assert.equal(h265.reason.kind, "codec_not_offered");
});

Deno.test({
  name: "probeNvenc() throws without the permission to load libraries",
  permissions: { ffi: false },
  fn: async () => {
    await assert.rejects(probeNvenc("h264"), Deno.errors.NotCapable);
  },
});

Deno.test("nvencAnswer() probes once per codec, until forgetNvencAnswers()", () => {
  forgetNvencAnswers();
  const first = nvencAnswer("h264");
  assert.equal(nvencAnswer("h264"), first);
  assert.notEqual(nvencAnswer("h265"), first);
  forgetNvencAnswers();
  assert.notEqual(nvencAnswer("h264"), first);
  return Promise.allSettled([first, nvencAnswer("h264"), nvencAnswer("h265")]).then(() => {});
});
