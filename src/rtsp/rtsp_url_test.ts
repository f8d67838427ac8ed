import assert from "node:assert/strict";
import { parseRtspUrl } from "./rtsp_url.ts";

for (
  const [url, name, base] of [
    ["rtsp://127.0.0.1:8554/front", "front", "rtsp://127.0.0.1:8554/front/"],
    ["rtsp://127.0.0.1:8554/front/", "front", "rtsp://127.0.0.1:8554/front/"],
    ["rtsp://[::1]:8554/front/stream=0", "front", "rtsp://[::1]:8554/front/"],
    ["rtsp://h/front//stream=0", "front", "rtsp://h/front/"],
    ["rtsps://h/a%20b?x=1", "a b", "rtsps://h/a%20b/"],
    ["rtsp://user:secret@h/front", "front", "rtsp://h/front/"],
    ["rtsp://h", "", "rtsp://h/"],
    ["RTSP://h/", "", "RTSP://h/"],
  ] as const
) {
  Deno.test(`${url} names the stream ${JSON.stringify(name)}`, () => {
    assert.deepEqual(parseRtspUrl(url), { name, base });
  });
}

for (
  const url of ["*", "", "http://h/a", "rtsp://", "rtsp:///a", "rtsp://h/a/b", "rtsp://h/%", "/a"]
) {
  Deno.test(`${JSON.stringify(url)} names no stream`, () => {
    assert.equal(parseRtspUrl(url), undefined);
  });
}
