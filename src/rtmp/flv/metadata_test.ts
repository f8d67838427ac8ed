import assert from "node:assert/strict";
import { capturedVideo } from "../_captured_video.ts";
import { AmfEcmaArray, propertiesOf } from "../amf0/amf0.ts";
import { decodeAmf0 } from "../amf0/amf0_decode.ts";
import { encodeAmf0 } from "../amf0/amf0_encode.ts";
import { metadataMessage, streamMetadata } from "./metadata.ts";
import { packagingOf, videoFormats } from "./video_formats.ts";

const description = {
  width: 324,
  height: 182,
  frameRate: 30,
  bitrateKbps: 2500,
  encoder: "cvmmap-streamer",
};

for (const name of ["h264", "h265"] as const) {
  Deno.test(`streamMetadata of ${name} agrees with FFmpeg's`, () => {
    const packaging = packagingOf(name === "h264" ? "h264" : "h265-enhanced");
    const script = capturedVideo(name).tags.find(({ typeId }) => typeId === 18)!;
    const [event, theirs] = decodeAmf0(script.payload);
    assert.equal(event, "onMetaData");
    assert.ok(theirs instanceof AmfEcmaArray);
    const ours = streamMetadata(packaging, description).properties;
    for (const key of ["width", "height", "framerate", "videocodecid"]) {
      assert.equal(ours[key], propertiesOf(theirs)![key], key);
    }
    assert.deepEqual(
      Object.keys(ours).filter((key) => !Object.hasOwn(theirs.properties, key)),
      [],
    );
  });
}

Deno.test("The metadata codec id is FLV's, or the FourCC as a number", () => {
  const ids = videoFormats.map(({ packaging }) => packaging.metadataCodecId);
  assert.deepEqual(ids, [7, 0x68766331, 12]);
});

Deno.test("streamMetadata omits an unknown frame rate and all audio properties", () => {
  const { properties } = streamMetadata(packagingOf("h264"), {
    ...description,
    frameRate: undefined,
  });
  const keys = ["width", "height", "videodatarate", "videocodecid", "encoder"];
  assert.deepEqual(Object.keys(properties), keys);
});

Deno.test("metadataMessage tells the server to keep the metadata", () => {
  const message = metadataMessage(streamMetadata(packagingOf("h264"), description));
  const [handler, event, value] = decodeAmf0(encodeAmf0(message));
  assert.deepEqual([handler, event], ["@setDataFrame", "onMetaData"]);
  assert.equal(propertiesOf(value)?.["videodatarate"], 2500);
});

Deno.test("connectProperties announce FourCC video for both versions of Enhanced RTMP", () => {
  const [decoded] = decodeAmf0(encodeAmf0([packagingOf("h265-enhanced").connectProperties]));
  assert.deepEqual({ ...propertiesOf(decoded) }, {
    fourCcList: ["hvc1"],
    videoFourCcInfoMap: propertiesOf(decoded)!["videoFourCcInfoMap"],
    capsEx: 1,
  });
  assert.deepEqual({ ...propertiesOf(propertiesOf(decoded)!["videoFourCcInfoMap"]) }, { hvc1: 2 });
  for (const format of ["h264", "h265-domestic"] as const) {
    assert.deepEqual(packagingOf(format).connectProperties, { capsEx: 1 });
  }
});
