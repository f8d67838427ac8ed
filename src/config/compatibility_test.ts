import assert from "node:assert/strict";
import { compatibilityMatrix, resolveRtmpMode } from "./compatibility.ts";

const codecs = ["h264", "h265"] as const;
const modes = [undefined, "enhanced", "domestic"] as const;

Deno.test("compatibilityMatrix has each combination of protocol, codec and mode exactly once", () => {
  for (const protocol of ["rtp", "rtmp"] as const) {
    for (const codec of codecs) {
      for (const rtmpMode of modes) {
        const rows = compatibilityMatrix.filter((row) =>
          row.protocol === protocol && row.codec === codec && row.rtmpMode === rtmpMode
        );
        assert.equal(rows.length, 1, `${protocol} ${codec} ${rtmpMode}`);
      }
    }
  }
});

const allowed = [
  ["rtp", "h264", undefined, undefined],
  ["rtp", "h265", undefined, undefined],
  ["rtmp", "h264", undefined, "enhanced"],
  ["rtmp", "h264", "enhanced", "enhanced"],
  ["rtmp", "h265", "enhanced", "enhanced"],
  ["rtmp", "h265", "domestic", "domestic"],
] as const;

for (const [protocol, codec, mode, runsAs] of allowed) {
  Deno.test(`${protocol} with ${codec} and mode ${mode} runs as ${runsAs}`, () => {
    assert.equal(resolveRtmpMode(protocol, codec, mode), runsAs);
  });
}

const refused = [
  ["rtmp", "h264", "domestic", /--rtmp-mode enhanced, or --codec h265$/],
  ["rtmp", "h265", undefined, /needs --rtmp-mode: expected auto, enhanced or domestic$/],
  ["rtp", "h264", "enhanced", /^--rtmp-mode needs --rtmp$/],
  ["rtp", "h265", "domestic", /^--rtmp-mode needs --rtmp$/],
] as const;

for (const [protocol, codec, mode, message] of refused) {
  Deno.test(`${protocol} with ${codec} and mode ${mode} is refused`, () => {
    assert.throws(() => resolveRtmpMode(protocol, codec, mode), {
      code: "invalid_configuration",
      message,
    });
  });
}
