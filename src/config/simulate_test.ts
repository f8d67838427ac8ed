import assert from "node:assert/strict";
import { simulateConfiguration } from "./simulate.ts";

Deno.test("simulateConfiguration fills in every default", () => {
  assert.deepEqual(simulateConfiguration(new Map([["target", "cam"]])), {
    simulation: {
      shmName: "cvmmap_cam",
      zmqEndpoint: "ipc:///tmp/cvmmap_cam",
      frames: 0,
      fps: 30,
      width: 640,
      height: 360,
      abi: "v2",
      pixelFormat: "bgr",
      startupDelayMs: 0,
      timing: "steady",
      planes: "left",
      encodedCodec: "h264",
      encodedGop: 30,
      encodedBitrateKbps: 4000,
      encodedFaults: "none",
    },
    scriptPath: undefined,
    log: { level: "info", format: "text" },
  });
});

Deno.test("simulateConfiguration takes a value for every flag", () => {
  const { simulation } = simulateConfiguration(
    new Map([
      ["shm-name", "/seg"],
      ["zmq-endpoint", "tcp://127.0.0.1:5555"],
      ["label", "x".repeat(24)],
      ["frames", "10"],
      ["fps", "60"],
      ["width", "320"],
      ["height", "240"],
      ["abi", "v2.1"],
      ["pixel-format", "yuyv"],
      ["startup-delay-ms", "250"],
      ["timing", "stall"],
      ["planes", "encoded"],
      ["encoded-codec", "h265"],
      ["encoded-gop", "250"],
      ["encoded-bitrate", "800"],
      ["encoded-faults", "gaps"],
    ]),
  );
  assert.deepEqual(simulation, {
    shmName: "seg",
    zmqEndpoint: "tcp://127.0.0.1:5555",
    label: "x".repeat(24),
    frames: 10,
    fps: 60,
    width: 320,
    height: 240,
    abi: "v2.1",
    pixelFormat: "yuyv",
    startupDelayMs: 250,
    timing: "stall",
    planes: "encoded",
    encodedCodec: "h265",
    encodedGop: 250,
    encodedBitrateKbps: 800,
    encodedFaults: "gaps",
  });
});

const refused: readonly (readonly [ReadonlyMap<string, string>, RegExp])[] = [
  [new Map(), /^Missing source/],
  [new Map([["target", "cam"], ["label", "x".repeat(25)]]), /got 25 bytes/],
  [new Map([["target", "cam"], ["abi", "v3"]]), /expected v1, v2 or v2.1$/],
  [new Map([["target", "cam"], ["fps", "0"]]), /from 1 to 1000$/],
  [new Map([["target", "cam"], ["encoded-gop", "9"]]), /^--encoded-gop needs --planes encoded/],
  [new Map([["target", "cam"], ["timing", "odd"]]), /steady, jitter, burst/],
  [new Map([["target", "cam"], ["planes", "depth"], ["abi", "v1"]]), /needs --abi v2 or v2.1/],
  [new Map([["target", "cam"], ["script", "x"], ["fps", "5"]]), /exclude each other/],
];

for (const [given, message] of refused) {
  Deno.test(`simulateConfiguration refuses ${JSON.stringify([...given])}`, () => {
    assert.throws(() => simulateConfiguration(given), { message });
  });
}
