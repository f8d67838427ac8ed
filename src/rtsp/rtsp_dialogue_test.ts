import assert from "node:assert/strict";
import type { Users } from "./authentication.ts";
import { ConnectionWriter } from "./connection_writer.ts";
import { RtspDialogue } from "./rtsp_dialogue.ts";
import type { RtspRequest, RtspResponse } from "./rtsp_message.ts";
import { RtspSessions } from "./rtsp_sessions.ts";
import { RtspStreams } from "./rtsp_streams.ts";

/** A dialogue without a connection; answers are kept. */
function dialogueOf(
  users?: Users,
): { dialogue: RtspDialogue; answers: RtspResponse[]; numbers: (string | undefined)[] } {
  const answers: RtspResponse[] = [];
  const numbers: (string | undefined)[] = [];
  const dialogue = new RtspDialogue({
    peer: "192.0.2.1:5000",
    address: "192.0.2.1",
    localAddress: "192.0.2.2",
    writer: new ConnectionWriter({ write: (bytes) => Promise.resolve(bytes.length) }, () => {}),
    isClosed: false,
    respond: (response, cseq) => {
      answers.push(response);
      numbers.push(cseq);
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }, {
    streams: new RtspStreams({
      names: () => [],
      stream: () => undefined,
      timeExtension: () => false,
    }),
    sessions: new RtspSessions(),
    users,
    transports: ["tcp"],
  });
  return { dialogue, answers, numbers };
}

function request(method: string, authorization?: string): RtspRequest {
  const headers = new Map([["cseq", "1"]]);
  if (authorization !== undefined) headers.set("authorization", authorization);
  return { kind: "request", method, url: "rtsp://h/front", headers, body: new Uint8Array() };
}

const USERS: Users = new Map([["viewer", "secret"]]);
const inSeconds = (seconds: number): number => performance.now() + seconds * 1000;

Deno.test("a client is idle 30 s after it has connected, and 60 s after a request", async () => {
  const { dialogue } = dialogueOf();
  assert.ok(!dialogue.isIdle(inSeconds(29)));
  assert.ok(dialogue.isIdle(inSeconds(31)));
  await dialogue.answer(request("OPTIONS"));
  assert.ok(!dialogue.isIdle(inSeconds(59)));
  assert.ok(dialogue.isIdle(inSeconds(61)));
});

Deno.test("with users, a client is idle 30 s after it has connected until it has sent the password", async () => {
  const { dialogue, answers } = dialogueOf(USERS);
  for (const method of ["OPTIONS", "DESCRIBE", "GET_PARAMETER"]) {
    await dialogue.answer(request(method));
    assert.ok(dialogue.isIdle(inSeconds(31)), method);
  }
  assert.deepEqual(answers.map(({ status }) => status), [200, 401, 401]);
  await dialogue.answer(request("OPTIONS", `Basic ${btoa("viewer:secret")}`));
  assert.ok(!dialogue.isIdle(inSeconds(59)));
});

Deno.test("five wrong passwords, also with OPTIONS, end a dialogue", async () => {
  const { dialogue, answers } = dialogueOf(USERS);
  for (const method of ["OPTIONS", "DESCRIBE", "SETUP", "PLAY", "OPTIONS"]) {
    assert.ok(!dialogue.isOver);
    await dialogue.answer(request(method, `Basic ${btoa("viewer:wrong")}`));
  }
  assert.ok(dialogue.isOver);
  assert.deepEqual(answers.map(({ status }) => status), Array(5).fill(401));
});

Deno.test("20 requests without a password end a dialogue", async () => {
  const { dialogue, answers } = dialogueOf(USERS);
  for (let i = 0; i < 20; i++) {
    assert.ok(!dialogue.isOver);
    await dialogue.answer(request(i % 2 === 0 ? "OPTIONS" : "DESCRIBE"));
  }
  assert.ok(dialogue.isOver);
  assert.equal(answers.length, 20);
});

Deno.test("an answer repeats neither a CSeq that is no number nor a long requirement", async () => {
  const { dialogue, answers, numbers } = dialogueOf();
  const long = {
    ...request("OPTIONS"),
    headers: new Map([["cseq", "1"], ["require", "x".repeat(5000)]]),
  };
  await dialogue.answer(long);
  assert.deepEqual(answers[0], { status: 551, headers: { Unsupported: "x".repeat(200) } });
  for (const cseq of ["1\tx", "", "9".repeat(5000)]) {
    await dialogue.answer({ ...request("OPTIONS"), headers: new Map([["cseq", cseq]]) });
  }
  assert.deepEqual(numbers, ["1", undefined, undefined, undefined]);
});

Deno.test("a client that has sent the password may repeat OPTIONS without it", async () => {
  const { dialogue } = dialogueOf(USERS);
  await dialogue.answer(request("OPTIONS", `Basic ${btoa("viewer:secret")}`));
  for (let i = 0; i < 50; i++) await dialogue.answer(request("OPTIONS"));
  assert.ok(!dialogue.isOver);
});
