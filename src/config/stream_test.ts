import assert from "node:assert/strict";
import { SPEED_PRESETS } from "../encode/options.ts";
import { StreamerError } from "../errors.ts";
import { streamSettings } from "../stream/options.ts";
import type { GivenFlags } from "./read_flags.ts";
import { type StreamConfiguration, streamConfiguration } from "./stream.ts";
import { streamFlags } from "./stream_flags.ts";

/** Converts `--name value --switch` to the flags that the parser returns. */
function given(line: string): GivenFlags {
  const flags = new Map<string, string | true | string[]>();
  for (const part of line.split("--").slice(1)) {
    const [name = "", value] = part.trim().split(" ");
    const before = flags.get(name);
    if (value === undefined) flags.set(name, true);
    else if (name === "rtp-endpoint" || name === "rtp-sdp") {
      flags.set(name, [...Array.isArray(before) ? before : [], value]);
    } else flags.set(name, value);
  }
  return flags;
}

function configure(line: string): StreamConfiguration {
  return streamConfiguration(given(line), { processId: 42 });
}

const source = "--shm-name test --zmq-endpoint ipc:///tmp/test";
const dummy = "--codec h264 --input-mode dummy";

Deno.test("streamConfiguration fills in every default", () => {
  assert.deepEqual(configure(`--codec h264 ${source}`), {
    stream: {
      source: { shmName: "test", zmqEndpoint: "ipc:///tmp/test" },
      codec: "h264",
      encode: true,
      encoder: "auto",
      gop: 30,
      bFrames: 0,
      bitrateKbps: 4000,
      speedPreset: "ultrafast",
      frameIdentity: true,
      queueSize: 1,
      maxFrames: 0,
      idleTimeoutMs: 0,
    },
    rtp: undefined,
    rtmp: undefined,
    dummy: undefined,
    http: undefined,
    rtsp: undefined,
    rtpTimeExtension: false,
    log: { level: "info", format: "text" },
  });
});

Deno.test("streamConfiguration() has the same defaults as the module", () => {
  const { stream } = configure("--codec h264 --target camera0");
  assert.deepEqual(streamSettings(stream), streamSettings({ source: "camera0", codec: "h264" }));
});

Deno.test("streamConfiguration takes a value for every flag", () => {
  const line =
    "--run-mode pipeline --codec h265 --input-mode dummy --target cam@/run?namespace=zed";
  const all =
    `${line.replace("cam@", "cvmmap://cam@")} --queue-size 4 --encoder software --gop 60 ` +
    "--b-frames 2 --bitrate 800 --speed-preset veryfast --frame-identity off --ingest-max-frames 7 " +
    "--ingest-idle-timeout-ms 900 --dummy-label cam --dummy-frames 300 --dummy-fps 25 " +
    "--dummy-width 1280 --dummy-height 720 --dummy-abi v1 --dummy-pixel-format rgba " +
    "--rtp --rtp-endpoint [::1]:5004 --rtp-payload-type 97 --rtp-mtu 1200 --rtp-time-extension --rtp-retransmission --rtp-local-port 6000 --rtp-sdp /tmp/a.sdp " +
    "--log-level debug --log-format json";
  const address = { shmName: "zed_cam", zmqEndpoint: "ipc:///run/zed_cam" };
  const { stream, rtp, dummy, log } = configure(all);
  assert.deepEqual(stream, {
    source: address,
    codec: "h265",
    encode: true,
    encoder: "software",
    gop: 60,
    bFrames: 2,
    bitrateKbps: 800,
    speedPreset: "veryfast",
    frameIdentity: false,
    queueSize: 4,
    maxFrames: 7,
    idleTimeoutMs: 900,
  });
  assert.deepEqual(rtp, {
    payloadType: 97,
    mtu: 1200,
    timeExtension: true,
    receivers: [{
      endpoint: "[::1]:5004",
      localPort: 6000,
      retransmission: true,
      sdpPath: "/tmp/a.sdp",
    }],
  });
  assert.deepEqual(dummy, {
    ...address,
    label: "cam",
    frames: 300,
    fps: 25,
    width: 1280,
    height: 720,
    abi: "v1",
    pixelFormat: "rgba",
    startupDelayMs: 300,
  });
  assert.deepEqual(log, { level: "debug", format: "json" });
});

Deno.test("streamConfiguration gives RTP its defaults", () => {
  const { rtp } = configure(`--codec h264 ${source} --rtp --rtp-endpoint 127.0.0.1:5004`);
  const receivers = [{ endpoint: "127.0.0.1:5004", localPort: 0, retransmission: false }];
  assert.deepEqual(rtp, { payloadType: 96, mtu: 1400, timeExtension: false, receivers });
});

Deno.test("streamConfiguration has options for multicast groups, and refuses them for others", () => {
  const rtp = (line: string): unknown =>
    configure(`--codec h264 ${source} --rtp ${line}`).rtp?.receivers;
  assert.deepEqual(rtp("--rtp-endpoint 239.1.2.3:5004 --rtp-ttl 4 --rtp-interface eth0"), [{
    endpoint: "239.1.2.3:5004",
    localPort: 0,
    retransmission: false,
    ttl: 4,
    interface: "eth0",
  }]);
  assert.throws(
    () => rtp("--rtp-endpoint 192.0.2.1:5004 --rtp-ttl 4"),
    /--rtp-ttl needs an --rtp-endpoint that is a multicast group/,
  );
  assert.throws(
    () => rtp("--rtp-endpoint 239.1.2.3:5004 --rtp-retransmission"),
    /--rtp-retransmission is not for multicast groups: 239\.1\.2\.3:5004 is one/,
  );
  assert.throws(
    () => rtp("--rtp-endpoint [ff02::7]:5004"),
    /--rtp-endpoint \[ff02::7\]:5004 is a group of a link: give --rtp-interface$/,
  );
  rtp("--rtp-endpoint [ff02::7]:5004 --rtp-interface eth0");
  rtp("--rtp-endpoint [ff15::7]:5004");
});

Deno.test("streamConfiguration assigns a session description and local ports to each RTP receiver", () => {
  const line = "--rtp-endpoint a:5004 --rtp-sdp a.sdp --rtp-endpoint b:5004 --rtp-sdp -";
  const { rtp } = configure(`--codec h264 ${source} --rtp ${line} --rtp-local-port 6000`);
  assert.deepEqual(rtp?.receivers, [
    { endpoint: "a:5004", localPort: 6000, retransmission: false, sdpPath: "a.sdp" },
    { endpoint: "b:5004", localPort: 6002, retransmission: false },
  ]);
});

Deno.test("streamConfiguration generates a unique source for a dummy without a name", () => {
  const { stream, dummy: simulation } = configure(dummy);
  assert.deepEqual(stream.source, {
    shmName: "cvmmap_dummy-42",
    zmqEndpoint: "ipc:///tmp/cvmmap_dummy-42",
  });
  assert.equal(simulation?.shmName, "cvmmap_dummy-42");
  assert.equal(simulation?.frames, 0);
  assert.equal(simulation?.label, "dummy");
});

Deno.test("streamConfiguration does not require a codec for ingest", () => {
  for (const codec of ["", "--codec h264"]) {
    assert.equal(configure(`--run-mode ingest ${source} ${codec}`).stream.encode, false);
  }
});

Deno.test("streamConfiguration ignores a leading slash of the segment name", () => {
  const line = "--codec h264 --shm-name /cam --zmq-endpoint tcp://127.0.0.1:5555";
  assert.equal(configure(line).stream.source.shmName, "cam");
});

for (const preset of SPEED_PRESETS) {
  Deno.test(`streamConfiguration accepts the preset ${preset}`, () => {
    const { stream } = configure(`--codec h264 ${source} --speed-preset ${preset}`);
    assert.equal(stream.speedPreset, preset);
  });
}

const rtmp = `${source} --rtmp --rtmp-url rtmp://h/live/x`;

Deno.test("streamConfiguration accepts every RTMP mode", () => {
  const output = (line: string): unknown => configure(line).rtmp;
  const url = "rtmp://h/live/x";
  const numbers = { maxQueueMs: 1000, timeoutMs: 30_000 };
  const usual = { url, mode: "enhanced", reconnect: true, ...numbers };
  assert.deepEqual(output(`--codec h264 ${rtmp}`), usual);
  assert.deepEqual(output(`--codec h264 ${rtmp} --rtmp-mode enhanced --rtmp-reconnect`), usual);
  assert.deepEqual(output(`--codec h265 ${rtmp} --rtmp-mode enhanced`), usual);
  assert.deepEqual(
    output(`--codec h265 ${rtmp} --rtmp-mode domestic --no-rtmp-reconnect --rtmp-max-queue-ms 200`),
    { url, mode: "domestic", reconnect: false, ...numbers, maxQueueMs: 200 },
  );
  assert.deepEqual(
    output(`--codec h265 ${rtmp} --rtmp-mode auto --rtmp-key a/b --rtmp-timeout-ms 5000`),
    { ...usual, key: "a/b", mode: "auto", timeoutMs: 5000 },
  );
});

const refused: readonly (readonly [string, RegExp])[] = [
  [
    `--codec h264 ${source} --rtmp --rtmp-url rtmp://a/b/c --bitrate 800 --adaptive-bitrate 900`,
    /^--adaptive-bitrate 900 is more than --bitrate 800/,
  ],
  [`--codec h264 ${source} --adaptive-bitrate 300`, /--adaptive-bitrate.*--rtmp/],
  [source, /^Missing --codec: expected h264 or h265$/],
  [`--codec h266 ${source}`, /^Invalid --codec "h266": expected h264 or h265$/],
  ["--codec h264", /^Missing source: give --shm-name NAME with --zmq-endpoint URI, or --target/],
  ["--codec h264 --shm-name a", /^--shm-name needs --zmq-endpoint URI$/],
  ["--codec h264 --zmq-endpoint ipc:///a", /^--zmq-endpoint needs --shm-name NAME$/],
  [`--codec h264 ${source} --target cam`, /^--target and --shm-name exclude each other/],
  [
    "--codec h264 --zmq-endpoint ipc:///a --target cam",
    /^--target and --zmq-endpoint exclude each other/,
  ],
  ["--codec h264 --target a?b", /^Invalid target "a\?b"/],
  ["--codec h264 --shm-name a/b --zmq-endpoint ipc:///a", /a\/b/],
  ["--codec h264 --shm-name a --zmq-endpoint udp://a", /expected ipc:\/\/PATH or tcp:\/\/HOST/],
  ["--codec h264 --shm-name a --zmq-endpoint ipc://", /expected ipc:\/\/PATH or tcp:\/\/HOST/],
  ["--codec h264 --shm-name a --zmq-endpoint tcp://a", /a port from 1 to 65535$/],
  ["--codec h264 --shm-name a --zmq-endpoint tcp://a:0", /a port from 1 to 65535$/],
  ["--codec h264 --shm-name a --zmq-endpoint tcp://a:65536", /a port from 1 to 65535$/],
  [`--codec h264 --shm-name a --zmq-endpoint ipc:///${"x".repeat(107)}`, /107 bytes$/],
  [`--codec h264 ${source} --rtp`, /^--rtp needs --rtp-endpoint HOST:PORT$/],
  [`--codec h264 ${source} --rtp-endpoint 1.2.3.4:5`, /^--rtp-endpoint needs --rtp$/],
  [`--codec h264 ${source} --rtp-sdp x`, /^--rtp-sdp needs --rtp$/],
  [`--codec h264 ${source} --rtp --rtp-endpoint nope`, /nope.*HOST:PORT/],
  [
    `--codec h264 ${source} --rtp --rtp-endpoint a:1 --rtp-endpoint b:1 --rtp-sdp x`,
    /^--rtp-sdp must be given once for each --rtp-endpoint \(- for stdout\): got 1 for 2$/,
  ],
  [
    `--codec h264 ${source} --rtp --rtp-endpoint a:1 --rtp-endpoint a:1`,
    /^--rtp-endpoint a:1 overlaps a:1: RTP uses the port, and RTCP the next one$/,
  ],
  [
    `--codec h264 ${source} --rtp --rtp-endpoint a:6 --rtp-endpoint b:6 --rtp-endpoint a:5`,
    /^--rtp-endpoint a:5 overlaps a:6/,
  ],
  [
    `--codec h264 ${source} --rtp --rtp-endpoint a:1 --rtp-endpoint b:1 --rtp-sdp x --rtp-sdp x`,
    /^--rtp-sdp names the same file twice/,
  ],
  [
    `--codec h264 ${source} --rtp --rtp-endpoint a:1 --rtp-endpoint b:1 --rtp-local-port 65533`,
    /^--rtp-local-port 65533 is too high for 2 receivers: the last one would use 65535, the maximum is 65534/,
  ],
  [`--codec h264 ${source} --rtp --rtp-endpoint a:0`, /port 0/],
  [`--codec h264 ${source} --dummy-fps 5`, /^--dummy-fps needs --input-mode dummy$/],
  [`${dummy} --dummy-label ${"x".repeat(25)}`, /got 25 bytes, allowed are up to 24/],
  [`${dummy} --dummy-pixel-format yuyv --dummy-width 641`, /yuyv needs an even width$/],
  [`${dummy} --dummy-label é`, /ASCII/],
  [
    `--run-mode ingest ${source} --rtp --rtp-endpoint a:1`,
    /^--run-mode ingest publishes nothing: leave out --rtp, or use --run-mode pipeline$/,
  ],
  [`--codec h264 ${source} --rtmp`, /^--rtmp needs --rtmp-url rtmp:/],
  [`--codec h264 ${source} --rtmp --rtmp-url http://a/b/c`, /rtmp:\/\/HOST/],
  [`--codec h264 ${source} --rtmp-mode enhanced`, /^--rtmp-mode needs --rtmp$/],
  [`--codec h264 ${rtmp} --rtmp-mode domestic`, /^RTMP with h264 cannot use --rtmp-mode domestic/],
  [
    `--codec h265 ${rtmp}`,
    /^RTMP with h265 needs --rtmp-mode: expected auto, enhanced or domestic$/,
  ],
  [
    `--codec h264 ${rtmp} --rtmp-reconnect --no-rtmp-reconnect`,
    /^--rtmp-reconnect and --no-rtmp-reconnect exclude each other$/,
  ],
];

for (const [line, message] of refused) {
  Deno.test(`streamConfiguration refuses ${line}`, () => {
    assert.throws(() => configure(line), (error) => {
      assert.ok(error instanceof StreamerError);
      assert.match(error.message, message);
      assert.doesNotMatch(error.message, /\n/);
      return true;
    });
  });
}

for (const flag of streamFlags) {
  if (flag.kind !== "integer") continue;
  const needs = flag.name.startsWith("dummy-")
    ? dummy
    : `--codec h264 --bitrate 2048000 ${rtmp} --rtp --rtp-endpoint a:1`;
  Deno.test(`--${flag.name} takes ${flag.min} to ${flag.max} and nothing beyond`, () => {
    for (const value of [flag.min, flag.max]) configure(`${needs} --${flag.name} ${value}`);
    for (const value of [flag.min - 1, flag.max + 1, "1.5", "abc"]) {
      assert.throws(() => configure(`${needs} --${flag.name} ${value}`), {
        code: "invalid_configuration",
        message: `Invalid --${flag.name} "${value}": ` +
          `expected an integer from ${flag.min} to ${flag.max}`,
      });
    }
  });
}
