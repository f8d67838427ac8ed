import assert from "node:assert/strict";
import { STREAM_NUMBERS, type StreamOptions, streamSettings } from "./options.ts";
import { rtmp } from "../rtmp/rtmp_output.ts";
import { rtp } from "../rtp/rtp_output.ts";
import { CONTEXT } from "../publish/_testing.ts";

const source = "camera0";

Deno.test("streamSettings() fills in all defaults except the source and the codec", () => {
  assert.deepEqual(streamSettings({ source, codec: "h265" }), {
    ingest: {
      source: { shmName: "cvmmap_camera0", zmqEndpoint: "ipc:///tmp/cvmmap_camera0" },
      queueSize: 1,
      maxFrames: 0,
      idleTimeoutMs: 0,
    },
    encode: {
      codec: "h265",
      encoder: "auto",
      gop: 30,
      bFrames: 0,
      bitrateKbps: 4000,
      speedPreset: "ultrafast",
      frameIdentity: true,
    },
  });
});

Deno.test("streamSettings() accepts the names of segment and endpoint as a source", () => {
  const address = { shmName: "/mine", zmqEndpoint: "tcp://127.0.0.1:5555" };
  const { ingest, encode } = streamSettings({ source: address, encode: false });
  assert.deepEqual(ingest.source, { ...address, shmName: "mine" });
  assert.equal(encode, undefined);
});

for (const name of Object.keys(STREAM_NUMBERS) as (keyof typeof STREAM_NUMBERS)[]) {
  const { min, max } = STREAM_NUMBERS[name];
  Deno.test(`streamSettings() accepts ${name} from ${min} to ${max} and nothing else`, () => {
    const settings = (value: number): unknown =>
      streamSettings({ source, codec: "h264", [name]: value });
    for (const value of [min, max]) settings(value);
    for (const value of [min - 1, max + 1, min + 0.5, NaN]) {
      assert.throws(() => settings(value), {
        name: "ConfigurationError",
        code: "invalid_configuration",
        message: `Invalid ${name} ${value}: expected an integer from ${min} to ${max}`,
      });
    }
  });
}

/** Options without static type checks, for example from a JSON file. */
const refused: readonly (readonly [string, object, RegExp])[] = [
  ["no codec", { source }, /^Missing codec: expected one of h264, h265$/],
  ["another codec", { source, codec: "av1" }, /^Invalid codec "av1"/],
  ["another encoder", { source, codec: "h264", encoder: "gpu" }, /^Invalid encoder "gpu"/],
  ["another preset", { source, codec: "h264", speedPreset: "p1" }, /^Invalid speedPreset "p1"/],
  ["no target", { source: "a?b", codec: "h264" }, /^Invalid target "a\?b"/],
  ["half a source", { source: { shmName: "a" }, codec: "h264" }, /^Invalid source/],
];

for (const [what, options, message] of refused) {
  Deno.test(`streamSettings() refuses ${what}`, () => {
    const parsed: StreamOptions = JSON.parse(JSON.stringify(options));
    assert.throws(() => streamSettings(parsed), { message });
  });
}

Deno.test("rtp() and rtmp() refuse invalid options immediately", () => {
  assert.throws(() => rtp({ endpoint: "nowhere" }), { code: "invalid_rtp_endpoint" });
  assert.throws(() => rtp({ endpoint: "a:5004", payloadType: 95 }), {
    message: "Invalid payloadType 95: expected an integer from 96 to 127",
  });
  assert.throws(() => rtp({ endpoint: "a:5004", mtu: 100 }), { code: "invalid_configuration" });
  assert.throws(() => rtmp({ url: "http://a/b/c" }), { code: "invalid_rtmp_url" });
  assert.throws(() => rtmp({ url: "rtmp://a/b/c", maxQueueMs: 49 }), /Invalid maxQueueMs 49/);
});

Deno.test("rtmp() refuses a mode that the codec does not support, and H.265 without a mode", async () => {
  const h264 = rtmp({ url: "rtmp://127.0.0.1/live/key", mode: "domestic" });
  await assert.rejects(async () => await h264.open?.(CONTEXT), {
    message: "Invalid mode domestic of RTMP with h264: expected enhanced",
  });
  const h265 = rtmp({ url: "rtmp://127.0.0.1/live/key" });
  await assert.rejects(async () => await h265.open?.({ ...CONTEXT, codec: "h265" }), {
    message: "Invalid mode undefined of RTMP with h265: expected auto, enhanced or domestic",
  });
});

Deno.test("rtmp() does not show the key in its name", () => {
  const { name } = rtmp({ url: "rtmp://me:word@127.0.0.1/live/secret" });
  assert.equal(name, "rtmp://me:***@127.0.0.1/live/***");
});
