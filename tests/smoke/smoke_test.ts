import assert from "node:assert/strict";
import { Child } from "../_harness/child.ts";
import { stepsAtOnce } from "../_harness/steps_at_once.ts";
import { freeTcpPort, untilListening } from "../_harness/tcp_ports.ts";
import { TimeLimit } from "../_harness/time_limit.ts";
import { Workspace } from "../_harness/workspace.ts";
import { startNginxRtmp } from "../interop/_nginx_rtmp.ts";
import { startPeer } from "../interop/_rtmp_viewer.ts";
import { ROWS } from "./_arguments.ts";
import { ffprobeVersion, playBack } from "./_playback.ts";

const KEY = "k3y-0f-a-sm0ke-test";
const [H264, ENHANCED] = ROWS;

/** Starts the smoke test like `deno task smoke`. */
function startSmoke(args: readonly string[], signal: AbortSignal): Child {
  const script = new URL("smoke.ts", import.meta.url).pathname;
  return new Child({
    name: "smoke",
    command: Deno.execPath(),
    args: ["run", "--quiet", "-A", script, ...args],
    signal,
  });
}

Deno.test("smoke: without a server, the check is skipped with exit code 0", async () => {
  using limit = new TimeLimit(20);
  const url = `rtmp://127.0.0.1:${freeTcpPort()}/live/${KEY}`;
  await using smoke = startSmoke(["--server", "srs", "--url", url], limit.signal);
  assert.equal((await smoke.ended).code, 0);
  assert.deepEqual(smoke.output.lines, [`skipped: no server at ${url.replace(KEY, "***")}`]);
});

const url = `rtmp://127.0.0.1/live/${KEY}`;
for (
  const [args, message] of [
    [["--url", url], /Missing --server: expected srs or zlm/],
    [["--server", "nginx", "--url", url], /Invalid --server "nginx": expected srs or zlm/],
    [["--server", "zlm"], /Missing --url: expected rtmp:/],
    [["--server", "zlm", "--url", `http://127.0.0.1/live/${KEY}`], /is not an RTMP URL/],
    [["--server", "zlm", "--url", url, "--play", "x.ts"], /Invalid --play "x\.ts"/],
    [["--server", "zlm", "--url", url, "--row", "av1"], /Invalid --row "av1": expected h264, /],
    [["--server", "zlm", "--url", url, "--seconds", "1"], /Invalid --seconds "1"/],
    [["--server", "zlm", "--url", url, "--ulr", "x"], /Unknown option '--ulr'/],
  ] as const
) {
  Deno.test(`smoke: prints one line and exits with 2 for ${args.join(" ")}`, async () => {
    using limit = new TimeLimit(20);
    await using smoke = startSmoke(args, limit.signal);
    assert.equal((await smoke.ended).code, 2);
    assert.equal(smoke.log.lines.length, 1);
    assert.match(smoke.log.lines[0] ?? "", message);
    assert.doesNotMatch(smoke.log.lines[0] ?? "", new RegExp(KEY));
  });
}

async function checkMediaServer(): Promise<void> {
  using limit = new TimeLimit(90);
  using workspace = new Workspace();
  const port = freeTcpPort();
  const args = ["2", `${port}`, `${freeTcpPort()}`, workspace.directory];
  await using server = startPeer("media_server.mjs", args, "lines", limit.signal);
  await untilListening(port, server, limit.signal);
  await using smoke = startSmoke(
    ["--server", "srs", "--url", `rtmp://127.0.0.1:${port}/live/${KEY}`, "--seconds", "4"],
    limit.signal,
  );
  const { code } = await smoke.ended;
  const { lines } = smoke.output;
  assert.equal(code, 0, lines.join("\n"));
  assert.match(
    lines[0] ?? "",
    /^ok +h264: published \d+ access units; played h264 640x360, \d+ pictures$/,
  );
  assert.match(lines[1] ?? "", /^ok +h265-enhanced: published \d+ access units; (not )?played/);
  assert.match(lines[2] ?? "", /^ok +h265-domestic: published \d+ access units; (not )?played/);
  assert.equal(lines[3], "total=3 pass=3 fail=0");
}

async function checkNginx(): Promise<void> {
  using limit = new TimeLimit(60);
  using workspace = new Workspace();
  const { port, child } = await startNginxRtmp(workspace, limit.signal);
  await using _server = child;
  const row = ["--server", "zlm", "--row", "h264", "--seconds", "4", "--url"];
  const base = `rtmp://127.0.0.1:${port}`;
  await using accepted = startSmoke([...row, `${base}/live/${KEY}`], limit.signal);
  assert.equal((await accepted.ended).code, 0, accepted.output.lines.join("\n"));
  assert.match(accepted.output.lines[0] ?? "", /; played h264 640x360/);

  await using refused = startSmoke([...row, `${base}/closed/${KEY}`], limit.signal);
  assert.equal((await refused.ended).code, 1);
  const [verdict, pointer, total] = refused.output.lines;
  assert.match(verdict ?? "", /^FAILED h264: .*(closed|refused)/);
  assert.match(pointer ?? "", /docs\/smoke\/zlm\.md$/);
  assert.equal(total, "total=1 pass=0 fail=1");
  assert.ok(!refused.output.lines.join("\n").includes(KEY));
}

async function checkRtsp(): Promise<void> {
  using limit = new TimeLimit(60);
  using workspace = new Workspace();
  const nginx = await startNginxRtmp(workspace, limit.signal);
  await using _nginx = nginx.child;
  const url = `rtmp://127.0.0.1:${nginx.port}/live/${KEY}`;
  const port = freeTcpPort();
  const script = new URL("_rtsp_server.ts", import.meta.url).pathname;
  await using server = new Child({
    name: "rtsp-server",
    command: Deno.execPath(),
    args: ["run", "--quiet", "--allow-ffi", script, `${port}`, url],
    signal: limit.signal,
  });
  await untilListening(port, server, limit.signal);
  await using smoke = startSmoke([
    "--server",
    "zlm",
    "--row",
    "h264",
    "--seconds",
    "6",
    "--url",
    url,
    "--play",
    `rtsp://127.0.0.1:${port}/stream`,
  ], limit.signal);
  assert.equal((await smoke.ended).code, 0, smoke.output.lines.join("\n"));
  assert.match(smoke.output.lines[0] ?? "", /; played h264 640x360, 30 pictures$/);
}

// The steps run at once, because they mostly wait for servers and pictures.
Deno.test("smoke: publishing to real servers and playing back passes", async (test) => {
  await stepsAtOnce(test, 2, [
    {
      name: "node-media-server accepts each packaging, and H.264 is played back",
      run: checkMediaServer,
    },
    {
      name: "nginx-rtmp plays H.264 back, and a refused stream fails without printing the key",
      run: checkNginx,
    },
    { name: "the stream of GStreamer's RTSP server is played by its rtsp URL", run: checkRtsp },
  ]);
});

Deno.test("smoke: playback fails if the codec differs from the published one", async () => {
  using limit = new TimeLimit(60);
  using workspace = new Workspace();
  const path = workspace.path("stream.ts");
  await using encoder = new Child({
    name: "ffmpeg",
    command: "ffmpeg",
    args: [
      "-v",
      "error",
      "-f",
      "lavfi",
      "-i",
      "testsrc=size=320x180:rate=30",
      "-frames:v",
      "45",
      "-c:v",
      "libx265",
      "-preset",
      "ultrafast",
      "-x265-params",
      "log-level=error",
      path,
    ],
    signal: limit.signal,
  });
  await encoder.succeeded();
  const bytes = Deno.readFileSync(path);
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response(bytes),
  );
  const play = `http://127.0.0.1:${server.addr.port}/stream.ts`;
  const version = await ffprobeVersion();
  assert.deepEqual(await playBack(ENHANCED, play, version, limit.signal), {
    kind: "played",
    details: "played hevc 320x180, 30 pictures",
  });
  const wrong = await playBack(H264, play, version, limit.signal);
  assert.equal(wrong.kind, "failed");
  assert.match(wrong.details, /expected h264 and found: hevc, 30 pictures/);
  const nothing = await playBack(ENHANCED, `${play.slice(0, -9)}`, undefined, limit.signal);
  assert.equal(nothing.kind, "not checked");
});
