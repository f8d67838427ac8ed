import "../../ffi/_open_libraries.ts";
import assert from "node:assert/strict";
import { StreamerError } from "../errors.ts";
import { within } from "../within.ts";
import { SdpFile } from "./sdp_file.ts";

function names(directory: string): string[] {
  return [...Deno.readDirSync(directory)].map(({ name }) => name);
}

Deno.test("SdpFile ends with the newest text and nothing beside it", async () => {
  const directory = await Deno.makeTempDir();
  const path = `${directory}/a.sdp`;
  {
    await using file = await SdpFile.open(path, assert.fail);
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
  const file = await SdpFile.open(path, assert.fail);
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
  const errors: StreamerError[] = [];
  const file = await SdpFile.open(path, (error) => errors.push(error));
  await Deno.mkdir(`${path}/in-the-way`, { recursive: true });
  file.write("text");
  await file.settled();
  assert.equal(errors.length, 1);
  assert.match(errors[0]!.message, /^Cannot write the SDP file ".*a\.sdp": Is a directory$/);
  assert.deepEqual(names(directory), ["a.sdp"]);
  await Deno.remove(path, { recursive: true });
  file.write("text");
  await file.settled();
  assert.equal(await Deno.readTextFile(path), "text");
  await Deno.remove(directory, { recursive: true });
});

Deno.test("SdpFile refuses at once what can never be written", async () => {
  const directory = await Deno.makeTempDir();
  using socket = Deno.listen({ transport: "unix", path: `${directory}/socket` });
  assert.ok(socket);
  for (
    const [name, why] of [
      ["", /Is a directory$/],
      ["none/a.sdp", /No such file or directory$/],
      ["socket", /No such device or address$/],
      ["socket/a.sdp", /Not a directory$/],
      ["x".repeat(5000), /File name too long$/],
    ] as const
  ) {
    await assert.rejects(SdpFile.open(`${directory}/${name}`, assert.fail), (error) => {
      assert.ok(error instanceof StreamerError);
      assert.equal(error.code, "sdp_not_writable");
      assert.match(error.message, why);
      return true;
    });
  }
  await Deno.remove(directory, { recursive: true });
});

Deno.test("SdpFile follows links, also to what is not there yet, and leaves them", async () => {
  const directory = await Deno.makeTempDir();
  await Deno.mkdir(`${directory}/a`);
  await Deno.symlink("a/b.sdp", `${directory}/relative`);
  await Deno.symlink(`${directory}/relative`, `${directory}/absolute`);
  for (const text of ["first", "second"]) {
    await using file = await SdpFile.open(`${directory}/absolute`, assert.fail);
    file.write(text);
    await file.settled();
    assert.equal(await Deno.readTextFile(`${directory}/a/b.sdp`), text);
  }
  assert.deepEqual(names(`${directory}/a`), ["b.sdp"]);
  assert.ok(Deno.lstatSync(`${directory}/absolute`).isSymlink);
  await Deno.symlink("loop", `${directory}/loop`);
  await assert.rejects(SdpFile.open(`${directory}/loop`, assert.fail), /Too many levels/);
  await Deno.remove(directory, { recursive: true });
});

Deno.test("SdpFile keeps the rights of the file that it replaces", async () => {
  const directory = await Deno.makeTempDir();
  const path = `${directory}/a.sdp`;
  await Deno.writeTextFile(path, "old", { mode: 0o600 });
  await using file = await SdpFile.open(path, assert.fail);
  file.write("new");
  await file.settled();
  assert.equal((Deno.statSync(path).mode ?? 0) & 0o777, 0o600);
  await Deno.remove(directory, { recursive: true });
});

Deno.test("SdpFile writes to a FIFO and to a device, and leaves them what they are", async () => {
  const directory = await Deno.makeTempDir();
  const path = `${directory}/fifo`;
  assert.ok((await new Deno.Command("mkfifo", { args: [path] }).output()).success);
  const file = await SdpFile.open(path, assert.fail);
  for (const text of ["first\n", "second\n"]) {
    file.write(text);
    assert.equal(await Deno.readTextFile(path), text);
    await file.settled();
  }
  assert.ok(Deno.lstatSync(path).isFifo);
  assert.deepEqual(names(directory), ["fifo"]);
  {
    await using null_ = await SdpFile.open("/dev/null", assert.fail);
    null_.write("text");
  }
  assert.ok(Deno.statSync("/dev/null").isCharDevice);
  // No one reads any more: the end waits neither forever nor with a thread.
  file.write("third");
  await file[Symbol.asyncDispose]();
  assert.ok(await within(5000, file.settled()));
  await Deno.remove(directory, { recursive: true });
});

Deno.test("SdpFile writes to what a process has open, by /proc, behind what is there", async () => {
  const path = await Deno.makeTempFile();
  await Deno.writeTextFile(path, "log\n");
  const script = 'echo "$$"; read -r line';
  const child = new Deno.Command("sh", {
    args: ["-c", `exec 9>>"${path}"; ${script}`],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  const pid = new TextDecoder().decode(value).trim();
  await using file = await SdpFile.open(`/proc/${pid}/fd/9`, assert.fail);
  file.write("sdp\n");
  await file.settled();
  assert.equal(await Deno.readTextFile(path), "log\nsdp\n");
  reader.releaseLock();
  await child.stdout.cancel();
  await child.stdin.close();
  await child.status;
  await Deno.remove(path);
});

Deno.test("SdpFile makes a file whose name leaves no room for a temporary one", async () => {
  const directory = await Deno.makeTempDir();
  const long = `${directory}/${"x".repeat(255)}`;
  await using file = await SdpFile.open(long, assert.fail);
  for (const text of ["first", "2nd"]) {
    file.write(text);
    await file.settled();
    assert.equal(await Deno.readTextFile(long), text);
  }
  await assert.rejects(SdpFile.open(`${long}x`, assert.fail), /File name too long/);
  await Deno.remove(directory, { recursive: true });
});

Deno.test("SdpFile writes into a file that nothing can be renamed over", async () => {
  const directory = await Deno.makeTempDir();
  const path = `${directory}/a.sdp`;
  await Deno.writeTextFile(path, "old text, longer than the new one");
  // As with a directory that is not ours, or a file that is a mount of its own: no room for a temporary name.
  const long = `${directory}/${"x".repeat(250)}`;
  await Deno.rename(path, long);
  await using file = await SdpFile.open(long, assert.fail);
  file.write("new");
  await file.settled();
  assert.equal(await Deno.readTextFile(long), "new");
  await Deno.remove(directory, { recursive: true });
});
