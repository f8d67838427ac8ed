import "./_open_libraries.ts";
import assert from "node:assert/strict";
import { METADATA_SIZE } from "../src/contract/mod.ts";
import { uniqueSource } from "../src/ingest/_testing.ts";
import { NativeMemory } from "./memory.ts";
import { Check, copyUnit, PictureReader, readFingerprint, readMetadata } from "./_read_testing.ts";
import { SharedMemory } from "./segment.ts";

const WIDTH = 64;
const HEIGHT = 512;
const PAYLOAD_SIZE = WIDTH * HEIGHT;
const SIZE = METADATA_SIZE + PAYLOAD_SIZE;
const LAYOUT = {
  yOffset: 0,
  uOffset: PAYLOAD_SIZE,
  vOffset: PAYLOAD_SIZE * 5 / 4,
  yStride: WIDTH,
  uvStride: WIDTH / 2,
  chromaStep: 1,
  matrix: "bt601",
} as const;
const SOURCE = {
  offsetBytes: METADATA_SIZE,
  width: WIDTH,
  height: HEIGHT,
  strideBytes: WIDTH,
  pixelFormatCode: 4,
};

const SHRINKS = 20_000;

Deno.test(`Reading survives ${SHRINKS} segments that shrink under the mapping`, () => {
  const memory = SharedMemory.create(uniqueSource().shmName, SIZE);
  assert.ok(typeof memory !== "number");
  using _closed = memory;
  memory.unlink();
  using mapping = memory.map(SIZE, "read") ?? assert.fail("cannot map");
  const metadata = new Uint8Array(METADATA_SIZE);
  const reader = new PictureReader(mapping, SOURCE, PAYLOAD_SIZE, LAYOUT);
  const planes = new NativeMemory(PAYLOAD_SIZE * 3 / 2);
  const unit = new Uint8Array(PAYLOAD_SIZE);
  const results = new Map<number, number>();
  for (let i = 0; i < SHRINKS; i++) {
    // Cut within the picture, at its first row, or to nothing.
    memory.resize([16_384, 4096, 0][i % 3] ?? 0);
    const result = reader.read(planes.address, metadata, 1n);
    results.set(result, (results.get(result) ?? 0) + 1);
    assert.equal(copyUnit(mapping, METADATA_SIZE, unit), false);
    if (i % 3 === 2) {
      assert.equal(readMetadata(mapping, metadata), false);
      assert.equal(readFingerprint(mapping, PAYLOAD_SIZE), 0n);
    }
  }
  assert.deepEqual([...results], [[Check.Fault, SHRINKS]]);
  memory.resize(SIZE);
  metadata.fill(0);
  const fingerprint = readFingerprint(mapping, PAYLOAD_SIZE);
  assert.equal(
    reader.read(planes.address, metadata, fingerprint),
    Check.Unchanged,
    "a segment that has grown again is read",
  );
  assert.equal(copyUnit(mapping, METADATA_SIZE, unit), true);
  assert.equal(copyUnit(mapping, METADATA_SIZE + 1, unit), false, "beyond the segment");
});

/** Runs code in a separate process, with a mapping for writing of a segment that has shrunk to nothing. */
async function inDyingProcess(
  code: string,
  beforeShim = "",
): Promise<{ code: number; signal: string | null; output: string }> {
  const here = new URL(".", import.meta.url);
  const script = `
    ${beforeShim}
    const { PictureReader } = await import("${here}_read_testing.ts");
    const { SharedMemory } = await import("${here}segment.ts");
    const memory = SharedMemory.create("${uniqueSource().shmName}", ${SIZE});
    memory.unlink();
    const mapping = memory.map(${SIZE}, "write");
    memory.resize(0);
    console.log("ready");
    ${code}
    console.log("alive");
  `;
  const { code: exitCode, signal, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--quiet", "--ext=ts", script],
  }).output();
  const output = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  return { code: exitCode, signal, output };
}

/** Converts a picture from an intact segment into the shrunk one. */
const WRITE_FAULT = `
  const sound = SharedMemory.create("${uniqueSource().shmName}", ${SIZE});
  sound.unlink();
  const source = sound.map(${SIZE}, "read");
  const reader = new PictureReader(
    source, ${JSON.stringify(SOURCE)}, ${PAYLOAD_SIZE}, ${JSON.stringify(LAYOUT)},
  );
  reader.read(mapping.base, new Uint8Array(256), 1n);
`;

Deno.test("A fault outside a guarded read kills the process", async () => {
  const { signal, output } = await inDyingProcess("console.log(mapping.bytes()[5000]);");
  assert.equal(signal, "SIGBUS", output);
  assert.equal(output, "ready\n");
});

Deno.test("A fault outside the guarded address range kills the process", async () => {
  const { signal, output } = await inDyingProcess(WRITE_FAULT);
  assert.equal(signal, "SIGBUS", output);
  assert.equal(output, "ready\n");
});

/** A handler installed before the shim's, which ends the process with a distinct exit code. */
const OTHER_HANDLER = `
#include <signal.h>
#include <unistd.h>
static void simple(int signal_number) { (void)signal_number; _exit(42); }
static void detailed(int signal_number, siginfo_t *info, void *context)
{ (void)signal_number; (void)context; _exit(info->si_addr ? 43 : 44); }
void install(int with_details)
{
	struct sigaction action = { .sa_flags = with_details ? SA_SIGINFO : 0 };
	if (with_details) action.sa_sigaction = detailed; else action.sa_handler = simple;
	sigaction(SIGBUS, &action, 0);
}
`;

for (const [withDetails, exitCode] of [[0, 42], [1, 43]] as const) {
  const kind = withDetails ? "with" : "without";
  Deno.test(`A fault outside a guarded read goes to the previous handler, ${kind} SA_SIGINFO`, async () => {
    const directory = await Deno.makeTempDir({ prefix: "cvmmap_test_" });
    try {
      await Deno.writeTextFile(`${directory}/handler.c`, OTHER_HANDLER);
      const { success, stderr } = await new Deno.Command("cc", {
        args: ["-shared", "-fPIC", "-o", `${directory}/handler.so`, `${directory}/handler.c`],
      }).output();
      assert.ok(success, new TextDecoder().decode(stderr));
      const before = `Deno.dlopen("${directory}/handler.so", {
        install: { parameters: ["i32"], result: "void" },
      }).symbols.install(${withDetails});`;
      const { code, output } = await inDyingProcess("console.log(mapping.bytes()[5000]);", before);
      assert.equal(code, exitCode, output);
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  });
}

Deno.test("The shim stays loaded when it is closed, because its signal handler stays installed", () => {
  const path = Deno.makeTempFileSync({ suffix: ".so" });
  Deno.copyFileSync(new URL("../native/build/libcvmmap_shim.so", import.meta.url), path);
  const library = Deno.dlopen(path, { cvm_guard_install: { parameters: [], result: "i32" } });
  // The mapping keeps the file's name.
  Deno.removeSync(path);
  assert.equal(library.symbols.cvm_guard_install(), 0);
  library.close();
  assert.ok(Deno.readTextFileSync("/proc/self/maps").includes(path));
});
