import assert from "node:assert/strict";
import { StreamerError } from "../../errors.ts";
import { reconnectUrl } from "./reconnect_url.ts";
import { parseRtmpUrl } from "../url.ts";

const url = parseRtmpUrl("rtmps://me:pass@a.example/live/eu/cam?x=1");

for (
  const [tcUrl, expected] of [
    [undefined, "rtmps://me:pass@a.example/live/eu/cam?x=1"],
    ["", "rtmps://me:pass@a.example/live/eu/cam?x=1"],
    ["rtmp://b.example/other", "rtmp://me:pass@b.example/other/cam?x=1"],
    ["rtmps://b.example:444/o/ther", "rtmps://me:pass@b.example:444/o/ther/cam?x=1"],
    ["rtmp://[::1]:1936", "rtmp://me:pass@[::1]:1936/live/eu/cam?x=1"],
    ["//b.example:444/other", "rtmps://me:pass@b.example:444/other/cam?x=1"],
    ["/other", "rtmps://me:pass@a.example/other/cam?x=1"],
    ["us", "rtmps://me:pass@a.example/live/us/cam?x=1"],
  ] as const
) {
  Deno.test(`reconnectUrl resolves ${tcUrl} to ${expected}`, () => {
    assert.deepEqual(reconnectUrl(url, tcUrl), parseRtmpUrl(expected));
  });
}

Deno.test("reconnectUrl refuses a tcUrl that is not an RTMP URL", () => {
  for (const tcUrl of ["http://b.example/live", "rtmp://b.example:0/live", "rtmp:///live", "a b"]) {
    assert.throws(() => reconnectUrl(url, tcUrl), StreamerError, tcUrl);
  }
});
