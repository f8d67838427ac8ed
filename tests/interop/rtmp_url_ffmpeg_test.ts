/**
 * RTMP URLs in the forms that services and servers use: application and key are the same as with
 * FFmpeg.
 *
 * @module
 */
import assert from "node:assert/strict";
import { textOf } from "../../src/rtmp/amf0/amf0.ts";
import { TestServer } from "../../src/rtmp/_test_server.ts";
import { RtmpSession } from "../../src/rtmp/client/client_session.ts";
import { parseRtmpUrl } from "../../src/rtmp/url.ts";
import { TimeLimit } from "../_harness/time_limit.ts";
import { Child } from "../_harness/child.ts";

const PATHS = [
  "live/key",
  "live/eu/key?token=1",
  "live-bvc/?streamname=live_1&key=abc&schedule=rtmp",
  "mystream",
  "mystream?user=u&pass=p",
  "live?vhost=example.org/key",
];

interface Names {
  readonly app: string | undefined;
  readonly tcUrl: string | undefined;
  readonly key: unknown;
}

/** Returns the names in the commands of a publisher. */
async function namesOf(publish: (port: number) => Promise<void>): Promise<Names> {
  await using server = new TestServer();
  await publish(server.port);
  await server.until(() => server.names.includes("publish"));
  const [connect, published] = ["connect", "publish"].map((name) =>
    server.commands.find((command) => command.name === name)
  );
  const [app, tcUrl] = ["app", "tcUrl"].map((name) => textOf(connect?.object ?? null, name));
  return { app, tcUrl: tcUrl?.replace(`:${server.port}`, ""), key: published?.args[0] };
}

for (const path of PATHS) {
  Deno.test(`rtmp://HOST/${path} is parsed like in FFmpeg`, async () => {
    using limit = new TimeLimit(30);
    const ours = await namesOf(async (port) => {
      await using session = await RtmpSession.open(
        parseRtmpUrl(`rtmp://127.0.0.1:${port}/${path}`),
      );
      assert.ok(session);
    });
    const theirs = await namesOf(async (port) => {
      await using ffmpeg = new Child({
        name: "ffmpeg",
        command: "ffmpeg",
        args: [
          "-hide_banner",
          "-nostdin",
          "-loglevel",
          "error",
          "-f",
          "lavfi",
          "-i",
          "testsrc=size=64x48:rate=10",
          "-frames:v",
          "2",
          "-c:v",
          "libx264",
          "-f",
          "flv",
          `rtmp://127.0.0.1:${port}/${path}`,
        ],
        signal: limit.signal,
      });
      await ffmpeg.ended;
    });
    assert.deepEqual(ours, theirs);
  });
}
