import assert from "node:assert/strict";
import fc from "fast-check";
import { StreamerError } from "../errors.ts";
import { maskedUrl, parseRtmpUrl, type RtmpUrl, tcUrlOf, withoutSecrets } from "./url.ts";

const localhost = { scheme: "rtmp", host: "localhost", port: 1935, app: "live" } as const;

for (
  const [text, parsed, tcUrl, masked] of [
    [
      "rtmp://localhost/live/s3cret",
      { ...localhost, key: "s3cret" },
      "rtmp://localhost/live",
      "rtmp://localhost/live/***",
    ],
    [
      "RTMP://localhost:1936/a/b/c/s3cret?x=1&y=a/b",
      { ...localhost, port: 1936, app: "a/b/c", key: "s3cret?x=1&y=a/b" },
      "rtmp://localhost:1936/a/b/c",
      "rtmp://localhost:1936/a/b/c/***",
    ],
    [
      "rtmps://[::1]/live/s3cret",
      { ...localhost, scheme: "rtmps", host: "::1", port: 443, key: "s3cret" },
      "rtmps://[::1]/live",
      "rtmps://[::1]/live/***",
    ],
    [
      "rtmp://user:p%40ss:w@localhost:1935/live/s3cret%20",
      { ...localhost, key: "s3cret%20", user: "user", password: "p@ss:w" },
      "rtmp://localhost/live",
      "rtmp://user:***@localhost/live/***",
    ],
    [
      "rtmp://localhost/live?vhost=example.org/s3cret",
      { ...localhost, app: "live?vhost=example.org", key: "s3cret" },
      "rtmp://localhost/live?vhost=example.org",
      "rtmp://localhost/live?***/***",
    ],
    [
      "rtmp://localhost/live-bvc/?streamname=live_1&key=s3cret&schedule=rtmp",
      { ...localhost, app: "live-bvc", key: "?streamname=live_1&key=s3cret&schedule=rtmp" },
      "rtmp://localhost/live-bvc",
      "rtmp://localhost/live-bvc/***",
    ],
    [
      "rtmp://localhost/mystream",
      { ...localhost, app: "mystream", key: "" },
      "rtmp://localhost/mystream",
      "rtmp://localhost/***",
    ],
    [
      "rtmp://localhost/mystream?user=u&pass=s3cret",
      { ...localhost, app: "mystream?user=u&pass=s3cret", key: "" },
      "rtmp://localhost/mystream?user=u&pass=s3cret",
      "rtmp://localhost/***",
    ],
    [
      "rtmp://localhost/live/",
      { ...localhost, key: "" },
      "rtmp://localhost/live",
      "rtmp://localhost/***",
    ],
    [
      "rtmp://localhost/live?user=me@example.org&pass=s3cret",
      { ...localhost, app: "live?user=me@example.org&pass=s3cret", key: "" },
      "rtmp://localhost/live?user=me@example.org&pass=s3cret",
      "rtmp://localhost/***",
    ],
    [
      "rtmp://localhost/live/me@example.org",
      { ...localhost, key: "me@example.org" },
      "rtmp://localhost/live",
      "rtmp://localhost/live/***",
    ],
  ] satisfies [string, RtmpUrl, string, string][]
) {
  Deno.test(`parseRtmpUrl reads ${text}`, () => {
    assert.deepEqual(parseRtmpUrl(text), parsed);
    assert.equal(tcUrlOf(parsed), tcUrl);
    assert.equal(maskedUrl(parsed), masked);
  });
}

const refused = [
  "",
  "s3cret",
  "localhost/live/s3cret",
  "http://localhost/live/s3cret",
  "rtmp:/live/s3cret",
  "rtmp://",
  "rtmp:///live/s3cret",
  "rtmp://localhost",
  "rtmp://localhost/",
  "rtmp://localhost//s3cret",
  "rtmp://localhost/?s3cret",
  "rtmp://localhost//",
  "rtmp://localhost:0/live/s3cret",
  "rtmp://localhost:65536/live/s3cret",
  "rtmp://::1/live/s3cret",
  "rtmp://[live]/live/s3cret",
  "rtmp://256.1.1.1/live/s3cret",
  "rtmp://user@localhost/live/s3cret",
  "rtmp://:s3cret@localhost/live/s3cret",
  "rtmp://localhost/live/s3cret\n",
  "rtmp://localhost/li ve/s3cret",
  "rtmpe://h/live/s3cret",
  "rtmp://user:s3cret@lo cal/live/s3cret",
  "rtmp://user:s3cret@/live/s3cret",
  "rtmp://user:s3cret/pw@localhost/live/k",
  "rtmp://us:pw#s3cret@localhost/live/k",
  "rtmp://user:1234/s3cret@localhost/live/k",
  "rtmp://user:s3cret",
  "rtmp://u:s3cret/live/k",
  "rtmp://s3cret:1234?x@localhost/live/k",
  "rtmp://s3cret#@localhost/live/k",
];
for (const text of refused) {
  Deno.test(`parseRtmpUrl refuses ${JSON.stringify(text)} without showing the key`, () => {
    assert.throws(() => parseRtmpUrl(text), (error) => {
      assert.ok(error instanceof StreamerError);
      assert.equal(error.code, "invalid_rtmp_url");
      assert.doesNotMatch(error.message, /s3cret|\n/);
      return true;
    });
  });
}

Deno.test("parseRtmpUrl parses or refuses any text without showing a path", () => {
  const part = fc.string({ unit: "grapheme", maxLength: 12 });
  const url = fc.tuple(fc.constantFrom("rtmp", "rtmps", ""), part, part).map(([scheme, ...parts]) =>
    `${scheme}://${parts.join("/")}/S3CRET`
  );
  fc.assert(fc.property(fc.oneof(url, part), (text) => {
    try {
      const parsed = parseRtmpUrl(text);
      assert.ok(!maskedUrl(parsed).includes("S3CRET"));
    } catch (error) {
      assert.ok(error instanceof StreamerError);
      assert.ok(!error.message.includes("S3CRET"));
    }
  }));
});

Deno.test("maskedUrl masks path parts that may be a key if the key was given separately", () => {
  const url = parseRtmpUrl("rtmp://localhost/live/s3cret?x=y", "key");
  assert.equal(maskedUrl(url), "rtmp://localhost/live/***/***");
  assert.equal(
    maskedUrl(parseRtmpUrl("rtmp://localhost/live", "key")),
    "rtmp://localhost/live/***",
  );
  assert.equal(withoutSecrets(url, "no live/s3cret?x=y/key here"), "no live/***/*** here");
});

Deno.test("parseRtmpUrl uses the whole path as the application if the key is given separately", () => {
  const key = "a/b?c=d";
  for (const path of ["live", "live/", "a/b?vhost=x"]) {
    const { app, key: parsed } = parseRtmpUrl(`rtmp://localhost/${path}`, key);
    assert.deepEqual([app, parsed], [path.replace(/\/$/, ""), key]);
  }
  for (const invalidKey of ["", "s3 cret", "s3cret\n"]) {
    assert.throws(
      () => parseRtmpUrl("rtmp://localhost/live", invalidKey),
      (error) =>
        error instanceof StreamerError && error.code === "invalid_rtmp_key" &&
        !error.message.includes("s3"),
    );
  }
  assert.throws(() => parseRtmpUrl("rtmp://localhost/", key), StreamerError);
});

Deno.test("withoutSecrets masks the values of a query wherever they appear", () => {
  const url = parseRtmpUrl("rtmp://localhost/live-bvc/?streamname=live_1&key=abcd&n=1");
  assert.equal(withoutSecrets(url, "live_1: bad key abcd (1)"), "***: bad key *** (1)");
  const forgotten = parseRtmpUrl("rtmp://localhost/abcd-efgh-1234");
  assert.equal(withoutSecrets(forgotten, "no app abcd-efgh-1234"), "no app ***");
});

Deno.test("withoutSecrets masks key, query and password in a server's text", () => {
  const url = parseRtmpUrl("rtmp://me:pass%2Fword@localhost/live?auth=abc/cam%201?token=xyz");
  const words = "Stream cam 1 (cam%201?token=xyz, cam%201) of me, auth=abc, pass/word";
  assert.equal(withoutSecrets(url, words), "Stream *** (***, ***) of me, ***, ***");
});
