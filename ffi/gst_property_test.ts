import "./_open_gstreamer.ts";
import assert from "node:assert/strict";
import { ENCODER_CANDIDATES } from "../src/encode/candidates.ts";
import { elementExists } from "./gst.ts";
import { setProperty } from "./gst_property.ts";
import { gst } from "./gst_symbols.ts";
import { cString } from "./library.ts";

const OPTIONS = {
  encoder: "software",
  gop: 65_535,
  bFrames: 16,
  bitrateKbps: 2_048_000,
  speedPreset: "placebo",
} as const;

function withElement(description: string, use: (element: Deno.PointerObject) => void): void {
  const element = gst().gst_parse_launch(cString(description), new BigUint64Array(1));
  assert.ok(element);
  use(element);
  gst().gst_object_unref(element);
}

Deno.test("setProperty clamps a number to the element's range and reports it", () => {
  withElement("x265enc", (element) => {
    const range = { min: 1, max: 102_400 };
    assert.equal(setProperty(element, "bitrate", 102_400), "set");
    assert.deepEqual(setProperty(element, "bitrate", 102_401), { taken: 102_400, range });
    assert.deepEqual(setProperty(element, "bitrate", 0), { taken: 1, range });
    assert.equal(setProperty(element, "tune", "zerolatency"), "set");
    assert.equal(setProperty(element, "no-such-property", 1), "absent");
  });
  withElement("identity", (element) => {
    const range = { min: 0, max: 2 ** 31 - 1 };
    assert.deepEqual(setProperty(element, "error-after", -2), {
      taken: -1,
      range: { min: -1, max: range.max },
    });
    assert.equal(setProperty(element, "datarate", 2 ** 31 - 1), "set");
  });
});

for (const candidate of ENCODER_CANDIDATES.filter(({ element }) => elementExists(element))) {
  Deno.test(`${candidate.element} accepts all its properties, for extreme options too`, () => {
    withElement(candidate.element, (element) => {
      const properties = candidate.properties({ ...OPTIONS, codec: candidate.codec });
      for (const [name, value] of Object.entries(properties)) {
        const outcome = setProperty(element, name, value);
        if (name !== "bitrate") assert.ok(typeof outcome === "string", `${name}=${value}`);
      }
    });
  });
}
