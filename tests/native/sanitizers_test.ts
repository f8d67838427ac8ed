/**
 * Runs the shim's threads under ThreadSanitizer and AddressSanitizer (`reader_under_stress.c`).
 *
 * @module
 */
import assert from "node:assert/strict";

const NATIVE = new URL("../../native/", import.meta.url).pathname;
const PROGRAM = new URL("reader_under_stress.c", import.meta.url).pathname;
const FRAMES = 3000;

/** libzmq is not instrumented, so its own threads look like races. */
const SUPPRESSIONS = "called_from_lib:libzmq.so\nrace:libzmq.so\n";

async function output(command: string, args: string[], env = {}): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, { args, env }).output();
  const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  assert.ok(success, `${command} ${args.join(" ")}\n${text}`);
  return text;
}

for (const sanitizer of ["thread", "address,undefined"]) {
  Deno.test(`-fsanitize=${sanitizer} finds no error in the shim's threads`, async () => {
    const directory = await Deno.makeTempDir({ prefix: "cvmmap_sanitizer_" });
    try {
      const sources = Array.from(Deno.readDirSync(NATIVE), ({ name }) => name)
        .filter((name) => name.endsWith(".c") && name !== "gst.c").map((name) =>
          `${NATIVE}${name}`
        );
      const program = `${directory}/program`;
      await output("cc", [
        // No -Werror: the thread sanitizer warns that it does not support fences. No function clones: the loader
        // selects them before the sanitizer's runtime is initialized.
        "-std=c11",
        "-g",
        "-O1",
        "-Wall",
        "-Wextra",
        // The resolvers of function clones would run before the sanitizer's runtime is initialized.
        "-DCVM_ONE_INSTRUCTION_SET",
        `-fsanitize=${sanitizer}`,
        "-fno-omit-frame-pointer",
        "-fno-sanitize-recover=all",
        "-o",
        program,
        PROGRAM,
        ...sources,
        "-lzmq",
        "-ldl",
        "-lpthread",
        "-lrt",
      ]);
      const suppressions = `${directory}/suppressions`;
      await Deno.writeTextFile(suppressions, SUPPRESSIONS);
      // The guard installs its own SIGBUS handler.
      const options = "handle_sigbus=0:allow_user_segv_handler=1";
      const text = await output(program, [`${FRAMES}`], {
        TSAN_OPTIONS: `${options}:suppressions=${suppressions}`,
        ASAN_OPTIONS: options,
      });
      assert.match(
        text,
        /(^|\n)\d+ whole, \d+ handed over, \d+ waited, \d+ torn or late, \d+ other events\n$/,
      );
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  });
}
