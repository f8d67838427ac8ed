import assert from "node:assert/strict";
import { streamFlags } from "../../src/config/stream_flags.ts";
import { runCommand, runInShell } from "./_command_line.ts";

const source = ["--shm-name", "cli-usage", "--zmq-endpoint", "ipc:///tmp/cli-usage"];

const refused: readonly (readonly [readonly string[], RegExp])[] = [
  [[], /Missing --codec: expected h264 or h265/],
  [["--codec", "h264", ...source, "--rpt"], /[Uu]nknown option '--rpt' \(Did you mean --rtp\?\)/],
  [
    ["simulat"],
    /Unknown command: expected simulate, .* or manual, or flags alone to stream, got "simulat"\n$/,
  ],
  [["help", "simulat"], /Unknown command: .*, got "simulat"\n$/],
  [["simulate", "--labl", "x"], /'--labl' \(Did you mean --label\?\)/],
  [["simulate", "extra"], /Too many arguments for 'simulate'/],
  [["simulate", ...source, "--label", "x".repeat(25)], /got 25 bytes, allowed are up to 24/],
  [["--codec", "h264", ...source, "--gop"], /'--gop <N>' argument missing/],
  [["--codec", "h264", "--shm-name", "--rtp"], /expected --shm-name NAME, got "--rtp"/],
  [["--codec", "h264", ...source, "--gop", "-1"], /"-1": expected an integer from 1 to 65535/],
  [["--codec", "h264", "simulate", ...source], /--codec does not go before simulate/],
  [
    ["--codec", "h264", ...source, "--rtp", "--rtp-endpoint", "a:1", "--rtp-sdp", "/no/such/x"],
    /Invalid --rtp-sdp "\/no\/such\/x": No such file or directory/,
  ],
  [["rtp_receiver_tester", "--port", "70000"], /Invalid --port "70000"/],
  [["rtmp_stub_tester", "--listen-port", "1935"], /Missing --mode: expected h264, h265-enhanced/],
];

for (const [args, message] of refused) {
  Deno.test(`cvmmap-streamer ${args.join(" ")}: one line, exit code 2`, async () => {
    const { code, stdout, stderr } = await runCommand(args);
    assert.equal(code, 2);
    assert.equal(stdout, "");
    assert.match(stderr, message);
    assert.match(stderr, /^cvmmap-streamer: [^\n]+\n$/);
  });
}

const url = "rtmp://user:s3cret@localhost/live/s3cret";
for (
  const args of [
    [url],
    ["simulate", url],
    ["completions", url],
    [`--rtmp-ulr=${url}`],
    ["--codec", url],
    ["--codec", "h264", ...source, "--rtmp", "--rtmp-timeout-ms", url],
    ["--codec", "h264", ...source, "--rtmp", "--rtmp-url", url.replace("s3cret@", "s3cret/@")],
  ]
) {
  Deno.test(`a URL in the wrong place is refused without printing its key: ${args.map((arg) => arg.replaceAll("s3cret", "***")).join(" ")}`, async () => {
    const { code, stdout, stderr } = await runCommand(args);
    assert.deepEqual([code, stdout], [2, ""]);
    assert.doesNotMatch(stderr, /s3cret/);
    assert.match(stderr, /^cvmmap-streamer: [^\n]+\n$/);
  });
}

Deno.test("--help prints every flag to stdout", async () => {
  const { code, stdout, stderr } = await runCommand(["--help"]);
  assert.equal(code, 0);
  assert.equal(stderr, "");
  for (const { name } of streamFlags) assert.match(stdout, new RegExp(`^  --${name}\\b`, "m"));
  for (const line of stdout.split("\n")) assert.ok(line.length <= 100, line);
});

for (const args of [["simulate", "--help"], ["help", "simulate"]]) {
  Deno.test(`${args.join(" ")} prints the help of the command`, async () => {
    const { code, stdout } = await runCommand(args);
    assert.equal(code, 0);
    assert.match(stdout, /^Usage: cvmmap-streamer simulate /);
    assert.match(stdout, /--startup-delay-ms MS/);
  });
}

Deno.test("--version prints the package's version and the runtime", async () => {
  const { version } = JSON.parse(
    await Deno.readTextFile(new URL("../../deno.json", import.meta.url)),
  );
  assert.deepEqual(await runCommand(["--version"]), {
    code: 0,
    stdout: `cvmmap-streamer ${version} ` +
      `(sources, deno ${Deno.version.deno}, ${Deno.build.arch}-linux)\n`,
    stderr: "",
  });
});

Deno.test("a reader of stdout that goes away is no error", async () => {
  const { code, stderr } = await runInShell('"$@" | true; exit ${PIPESTATUS[0]}', ["--help"]);
  assert.equal(code, 0);
  assert.equal(stderr, "");
});

Deno.test("a stdout that cannot be written to is an error on one line", async () => {
  const { code, stderr } = await runInShell('"$@" >/dev/full', ["--help"]);
  assert.equal(code, 1);
  assert.equal(stderr, "cvmmap-streamer: Cannot write to stdout\n");
});
