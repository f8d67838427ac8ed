import "../../../ffi/_open_libraries.ts";
import assert from "node:assert/strict";
import { reply, TestServer } from "../_test_server.ts";
import { adobeResponse, answerAdobeAuth } from "./adobe_auth.ts";
import { textOf } from "../amf0/amf0.ts";
import { RtmpSession } from "./client_session.ts";
import { parseRtmpUrl } from "../url.ts";

const me = { user: "me", password: "pass" };
const NEED_AUTH = "[ AccessManager.Reject ] : [ code=403 need auth; authmod=adobe ] : ";
const CHALLENGE =
  "[ AccessManager.Reject ] : [ authmod=adobe ] : ?reason=needauth&user=me&salt=c2FsdA==";

Deno.test("adobeResponse returns the response of FFmpeg 5.1", () => {
  assert.equal(adobeResponse(me, "c2FsdA==", "b3BhcXVl", "8bd3ce7b"), "2b5Opt29MkGkOktuTouX0w==");
});

Deno.test("answerAdobeAuth answers each step of the dialogue", () => {
  const known = "?authmod=adobe&user=me";
  assert.equal(answerAdobeAuth("No room.", me, "0a0b0c0d"), undefined);
  assert.equal(answerAdobeAuth(NEED_AUTH, me, "0a0b0c0d"), known);
  const both = answerAdobeAuth(`${CHALLENGE}&challenge=Y2g=&opaque=b3A=`, me, "0a0b0c0d");
  const response = adobeResponse(me, "c2FsdA==", "b3A=", "0a0b0c0d");
  assert.equal(both, `${known}&challenge=0a0b0c0d&response=${response}&opaque=b3A=`);
  const one = answerAdobeAuth(`${CHALLENGE}&challenge=Y2g=`, me, "0a0b0c0d");
  const other = adobeResponse(me, "c2FsdA==", "Y2g=", "0a0b0c0d");
  assert.equal(one, `${known}&challenge=0a0b0c0d&response=${other}`);
});

Deno.test("answerAdobeAuth reports missing, wrong and unknown credentials", () => {
  for (
    const [description, credentials, message] of [
      [NEED_AUTH, undefined, "The RTMP server requires a user: rtmp://USER:PASSWORD@HOST/APP/KEY"],
      [
        "[ authmod=adobe ] : ?reason=authfailed&opaque=b3A=",
        me,
        "The RTMP server does not accept this password",
      ],
      ["[ authmod=adobe ] : ?reason=nosuchuser", me, "The RTMP server does not know this user"],
    ] as const
  ) {
    assert.throws(() => answerAdobeAuth(description, credentials, ""), {
      name: "RtmpError",
      code: "rtmp_authentication",
      message,
    });
  }
});

function protectedServer(apps: string[]): TestServer {
  return new TestServer({
    answers: {
      connect(command, connection): void {
        const app = textOf(command.object, "app") ?? "";
        apps.push(app);
        const { challenge = "", response } = Object.fromEntries(
          app.split(/[?&]/).map((pair) => pair.split(/=(.*)/s)),
        );
        const right = adobeResponse(me, "c2FsdA==", "b3BhcXVl", challenge);
        const refused = (description: string): void =>
          reply(connection, "_error", command, {
            level: "error",
            code: "NetConnection.Connect.Rejected",
            description,
          });
        if (app === "live") refused(NEED_AUTH);
        else if (response === undefined) refused(`${CHALLENGE}&challenge=Y2g=&opaque=b3BhcXVl`);
        else if (response !== right) refused("[ authmod=adobe ] : ?reason=authfailed");
        else reply(connection, "_result", command, { code: "NetConnection.Connect.Success" });
      },
    },
  });
}

Deno.test("RtmpSession publishes with Adobe authentication", async () => {
  const apps: string[] = [];
  await using server = protectedServer(apps);
  const at = `127.0.0.1:${server.port}/live/key`;
  const session = await RtmpSession.open(parseRtmpUrl(`rtmp://me:pass@${at}`));
  session.abort();
  assert.deepEqual(apps.map((app) => app.replace(/(challenge|response)=[^&]*/g, "$1=*")), [
    "live",
    "live?authmod=adobe&user=me",
    "live?authmod=adobe&user=me&challenge=*&response=*&opaque=b3BhcXVl",
  ]);
  await assert.rejects(RtmpSession.open(parseRtmpUrl(`rtmp://me:word@${at}`)), /this password/);
  await assert.rejects(RtmpSession.open(parseRtmpUrl(`rtmp://${at}`)), /requires a user/);
});
