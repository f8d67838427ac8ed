import "../../ffi/_open_libraries.ts";
import assert from "node:assert/strict";
import { StreamerError } from "../errors.ts";
import { within } from "../within.ts";
import { SdpFile } from "./sdp_file.ts";

function namesIn(directory: string): string[] {
  return [...Deno.readDirSync(directory)].map(({ name }) => name);
}

Deno.test("SdpFile ends with the newest text and leaves no other file", async () => {
  const directory = await Deno.makeTempDir();
  const path = `${directory}/a.sdp`;
  {
    await using file = await SdpFile.open(path, assert.fail);
    for (let i = 0; i < 20; i++) file.write(`text ${i}`);
  }
  assert.equal(await Deno.readTextFile(path), "text 19");
  assert.deepEqual(namesIn(directory), ["a.sdp"]);
  await Deno.remove(directory, { recursive: true });
});

Deno.test("SdpFile replaces the file instead of writing into it", async () => {
  const directory = await Deno.makeTempDir();
  const path = `${directory}/a.sdp`;
  await Deno.writeTextFile(path, "old text, longer than the new one");
  using old = await Deno.open(path);
  const file = await SdpFile.open(path, assert.fail);
  file.write("new");
  await file.settled();
  assert.equal(await Deno.readTextFile(path), "new");
  // A reader that has the old file open still reads the complete old text.
  const bytes = new Uint8Array(100);
  const length = await old.read(bytes);
  assert.equal(
    new TextDecoder().decode(bytes.subarray(0, length!)),
    "old text, longer than the new one",
  );
  await Deno.remove(directory, { recursive: true });
});

Deno.test("SdpFile reports a failed write, leaves no other file and continues", async () => {
  const directory = await Deno.makeTempDir();
  const path = `${directory}/a.sdp`;
  const errors: StreamerError[] = [];
  const file = await SdpFile.open(path, (error) => errors.push(error));
  await Deno.mkdir(`${path}/in-the-way`, { recursive: true });
  file.write("text");
  await file.settled();
  assert.equal(errors.length, 1);
  assert.match(errors[0]!.message, /^Cannot write the SDP file ".*a\.sdp": Is a directory$/);
  assert.deepEqual(namesIn(directory), ["a.sdp"]);
  await Deno.remove(path, { recursive: true });
  file.write("text");
  await file.settled();
  assert.equal(await Deno.readTextFile(path), "text");
  await Deno.remove(directory, { recursive: true });
});

Deno.test("SdpFile.open() refuses a path that cannot be written", async () => {
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

Deno.test("SdpFile follows symbolic links, also to a missing file, and keeps them", async () => {
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
  assert.deepEqual(namesIn(`${directory}/a`), ["b.sdp"]);
  assert.ok(Deno.lstatSync(`${directory}/absolute`).isSymlink);
  await Deno.symlink("loop", `${directory}/loop`);
  await assert.rejects(SdpFile.open(`${directory}/loop`, assert.fail), /Too many levels/);
  await Deno.remove(directory, { recursive: true });
});

Deno.test("SdpFile keeps the permissions of the file that it replaces", async () => {
  const directory = await Deno.makeTempDir();
  const path = `${directory}/a.sdp`;
  await Deno.writeTextFile(path, "old", { mode: 0o600 });
  await using file = await SdpFile.open(path, assert.fail);
  file.write("new");
  await file.settled();
  assert.equal((Deno.statSync(path).mode ?? 0) & 0o777, 0o600);
  await Deno.remove(directory, { recursive: true });
});

Deno.test("SdpFile writes to a FIFO and to a device without replacing them", async () => {
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
  assert.deepEqual(namesIn(directory), ["fifo"]);
  {
    await using null_ = await SdpFile.open("/dev/null", assert.fail);
    null_.write("text");
  }
  assert.ok(Deno.statSync("/dev/null").isCharDevice);
  // The FIFO has no reader: disposing must not wait forever, nor leave a waiting thread.
  file.write("third");
  await file[Symbol.asyncDispose]();
  assert.ok(await within(5000, file.settled()));
  await Deno.remove(directory, { recursive: true });
});

Deno.test("SdpFile appends to a file that a process has open, through /proc", async () => {
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

Deno.test("SdpFile writes a file whose name is too long for a temporary name beside it", async () => {
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

Deno.test("SdpFile writes into a file that it cannot replace by renaming", async () => {
  const directory = await Deno.makeTempDir();
  const path = `${directory}/a.sdp`;
  await Deno.writeTextFile(path, "old text, longer than the new one");
  // A name too long for a temporary one stands in for a read-only directory or a file that is a mount point.
  const long = `${directory}/${"x".repeat(250)}`;
  await Deno.rename(path, long);
  await using file = await SdpFile.open(long, assert.fail);
  file.write("new");
  await file.settled();
  assert.equal(await Deno.readTextFile(long), "new");
  await Deno.remove(directory, { recursive: true });
});
