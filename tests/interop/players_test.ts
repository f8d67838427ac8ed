/**
 * The player commands in README and docs/players.md: each that can run without a screen plays the
 * stream.
 *
 * @module
 */
import assert from "node:assert/strict";
import { Child } from "../_harness/child.ts";
import { startProduct } from "../_harness/product.ts";
import { TimeLimit } from "../_harness/time_limit.ts";
import { freeTcpPort } from "../_harness/tcp_ports.ts";
import { freeUdpPorts } from "../_harness/udp_ports.ts";
import { until } from "../_harness/until.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

/** Returns the command lines in a document's code blocks that start with a program. */
function lines(path: string, program: string): string[] {
  const text = Deno.readTextFileSync(`${ROOT}${path}`).replaceAll("\\\n", " ");
  return text.split("\n").filter((line) => line.startsWith(`${program} `));
}

/** Returns the command for a machine without a screen; it ends after the first picture. */
function withoutScreen(line: string): string {
  return line
    .replace(/^ffplay (.*) (\S+\.sdp|rtsp:\S+)$/, "ffmpeg -v error $1 -i $2 -frames:v 1 -f null -")
    .replace(/^gst-launch-1\.0 /, "gst-launch-1.0 -q ")
    .replace(/! autovideosink( sync=false)?$/, "! identity eos-after=2 ! fakesink");
}

Deno.test("the documented player commands play a running stream", async (test) => {
  using limit = new TimeLimit(120);
  const directory = await Deno.makeTempDir();
  const commands = [
    ...lines("README.md", "ffplay"),
    ...lines("docs/players.md", "ffplay"),
    ...lines("docs/players.md", "gst-launch-1.0"),
  ];
  assert.equal(commands.length, 5);
  for (const command of commands) {
    await test.step(command.slice(0, 60), async () => {
      const port = freeUdpPorts();
      const rtspPort = freeTcpPort();
      const sdp = `${directory}/${port}.sdp`;
      await using product = startProduct([
        "--input-mode",
        "dummy",
        "--codec",
        "h264",
        "--encoder",
        "software",
        "--dummy-label",
        "camera0",
        "--rtsp",
        `127.0.0.1:${rtspPort}`,
        "--rtp",
        "--rtp-endpoint",
        `127.0.0.1:${port}`,
        "--rtp-sdp",
        sdp,
      ], limit.signal);
      await until(() => exists(sdp), "the session description", limit.signal);
      const line = withoutScreen(command)
        .replaceAll("/tmp/camera0.sdp", sdp)
        .replaceAll("5004", `${port}`)
        .replaceAll("8554", `${rtspPort}`);
      await using player = new Child({
        name: "player",
        command: "sh",
        args: ["-c", `exec ${line}`],
        signal: limit.signal,
      });
      const { code } = await player.ended;
      assert.equal(code, 0, player.log.lines.join("\n"));
      await product.end("SIGTERM");
    });
  }
  await Deno.remove(directory, { recursive: true });
});

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
