import "../../ffi/_open_libraries.ts";
import assert from "node:assert/strict";
import {
  ContractError,
  decodeMessage,
  encodeStatusMessage,
  encodeSyncMessage,
} from "../../src/contract/mod.ts";
import { TimeLimit } from "../_harness/time_limit.ts";
import { Workspace } from "../_harness/workspace.ts";
import { RtpListener } from "./_rtp_listener.ts";
import { PacedProducer, startStreamer } from "./_streamer.ts";

const MESSAGES = 10_000;
/** Smaller than any queue on the way, so that no message is lost before it is counted. */
const BATCH = 50;

const VALID = [
  encodeSyncMessage({ frameCount: 7, timestampNs: 1n, label: "somebody else" }),
  encodeStatusMessage({ status: "offline", label: "somebody else" }),
];

/** Returns random bytes, a truncated message, or a message with one byte changed. */
function badMessage(index: number): Uint8Array<ArrayBuffer> {
  const [message = new Uint8Array()] = VALID.slice(index % VALID.length);
  switch (index % 3) {
    case 0:
      return crypto.getRandomValues(new Uint8Array(Math.floor(Math.random() * 200)));
    case 1:
      return message.slice(0, Math.floor(Math.random() * message.length));
    default: {
      const changed = message.slice();
      changed[Math.floor(Math.random() * changed.length)] = Math.floor(Math.random() * 256);
      return changed;
    }
  }
}

/** Whether the message happens to be valid. */
function isValid(message: Uint8Array): boolean {
  try {
    decodeMessage(message);
    return true;
  } catch (error) {
    assert.ok(error instanceof ContractError);
    return false;
  }
}

Deno.test(`The stream continues through ${MESSAGES} random and truncated messages`, async () => {
  using limit = new TimeLimit(120);
  using workspace = new Workspace();
  await using listener = await RtpListener.open();
  const geometry = { width: 320, height: 240, pixelFormat: "bgr" } as const;
  using paced = await PacedProducer.open(workspace, geometry);
  await using streamer = startStreamer(workspace, listener, limit.signal);
  paced.run();
  await Promise.race([listener.waitUntilResumed(), streamer.ended]);
  let invalid = 0;
  for (let sent = 0; sent < MESSAGES; sent += BATCH) {
    for (let index = sent; index < sent + BATCH; index++) {
      const message = badMessage(index);
      if (!isValid(message)) invalid++;
      paced.producer.send(message);
    }
    // A frame that arrives was announced after these messages.
    await Promise.race([listener.waitForUnits(listener.units.length + 1), streamer.ended]);
    assert.ok(!streamer.over, streamer.log.lines.join("\n"));
  }
  await listener.waitUntilResumed();
  const { code } = await streamer.end("SIGTERM");
  assert.equal(code, 0);
  assert.equal(listener.backwards, 0);
  const counted = await streamer.log.waitFor(/invalid messages/);
  assert.match(counted, new RegExp(` ${invalid} invalid messages`));
  assert.ok(invalid > MESSAGES * 0.7, `only ${invalid} messages were invalid`);
  const warnings = streamer.log.lines.filter((line) =>
    /sent an invalid message; it and all further ones are ignored/.test(line)
  );
  assert.equal(warnings.length, 1, "the warning is logged once");
});
