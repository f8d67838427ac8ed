import assert from "node:assert/strict";
import { StreamerError } from "../errors.ts";
import { SdpFile } from "./sdp_file.ts";

function names(directory: string): string[] {
  return [...Deno.readDirSync(directory)].map(({ name }) => name);
}

Deno.test("SdpFile ends with the newest text and nothing beside it", async () => {
  const directory = await Deno.makeTempDir();
  const path = `${directory}/a.sdp`;
  {
    await using file = new SdpFile(path, assert.fail);
    for (let i = 0; i < 20; i++) file.write(`text ${i}`);
  }
  assert.equal(await Deno.readTextFile(path), "text 19");
  assert.deepEqual(names(directory), ["a.sdp"]);
  await Deno.remove(directory, { recursive: true });
});

Deno.test("SdpFile replaces the file rather than write into it", async () => {
  const directory = await Deno.makeTempDir();
  const path = `${directory}/a.sdp`;
  await Deno.writeTextFile(path, "old text, longer than the new one");
  using old = await Deno.open(path);
  const file = new SdpFile(path, assert.fail);
  file.write("new");
  await file.settled();
  assert.equal(await Deno.readTextFile(path), "new");
  // Whoever had the old file open still reads it whole.
  const bytes = new Uint8Array(100);
  const length = await old.read(bytes);
  assert.equal(
    new TextDecoder().decode(bytes.subarray(0, length!)),
    "old text, longer than the new one",
  );
  await Deno.remove(directory, { recursive: true });
});

Deno.test("SdpFile tells what could not be written, leaves nothing behind and goes on", async () => {
  const directory = await Deno.makeTempDir();
  const path = `${directory}/a.sdp`;
  await Deno.mkdir(`${path}/in-the-way`, { recursive: true });
  const errors: StreamerError[] = [];
  const file = new SdpFile(path, (error) => errors.push(error));
  file.write("text");
  await file.settled();
  assert.equal(errors.length, 1);
  assert.match(errors[0]!.message, /^Cannot write the SDP file ".*a\.sdp": /);
  assert.deepEqual(names(directory), ["a.sdp"]);
  await Deno.remove(path, { recursive: true });
  file.write("text");
  await file.settled();
  assert.equal(await Deno.readTextFile(path), "text");
  await Deno.remove(directory, { recursive: true });
});
