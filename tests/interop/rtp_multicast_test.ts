import assert from "node:assert/strict";
import { Child } from "../_harness/child.ts";
import { droppedFrames } from "../_harness/dropped_frames.ts";
import { productCommand } from "../_harness/product.ts";
import { TimeLimit } from "../_harness/time_limit.ts";
import { Workspace } from "../_harness/workspace.ts";
import { FrameSequence } from "./_frame_sequence.ts";

const SIZE = { width: 640, height: 360 };
const FRAMES = 45;
const PORT = 5004;

/** Quotes an argument for the shell. */
function quoted(argument: string): string {
  return `'${argument.replaceAll("'", "'\\''")}'`;
}

const GROUP = "239.1.2.3";

Deno.test("receivers on one machine get the stream of a multicast group, in order", async () => {
  using limit = new TimeLimit(60);
  using workspace = new Workspace();
  const [sdp, ffmpeg, gst] = ["a.sdp", "ffmpeg.raw", "gst.raw"].map((n) => workspace.path(n));
  const product = productCommand([
    "--input-mode",
    "dummy",
    "--codec",
    "h264",
    "--encoder",
    "software",
    "--dummy-frames",
    "0",
    "--target",
    workspace.shmName.slice(-20),
    "--rtp",
    "--rtp-endpoint",
    `${GROUP}:${PORT}`,
    "--rtp-sdp",
    sdp!,
    "--rtp-ttl",
    "4",
    "--rtp-interface",
    "lo",
  ]);
  const tester = productCommand(
    `rtp-receiver-tester --host ${GROUP} --port ${PORT} --expect-pt 96 --packet-threshold 60 --identity`
      .split(" "),
  );
  const shell = ({ command, args }: { command: string; args: readonly string[] }): string =>
    [command, ...args].map(quoted).join(" ");
  // Receivers on one machine share the port.
  const script = `set -e
ip link set lo up multicast on
ip route add 239.0.0.0/8 dev lo
${shell(product)} & streamer=$!
trap 'kill -INT $streamer; wait $streamer' EXIT
until [ -s ${sdp} ]; do sleep 0.1; done
gst-launch-1.0 -q udpsrc address=${GROUP} port=${PORT} multicast-iface=lo \\
  caps=application/x-rtp,media=video,clock-rate=90000,encoding-name=H264 \\
  ! rtph264depay wait-for-keyframe=true ! h264parse ! avdec_h264 ! identity eos-after=${
    FRAMES + 1
  } ! videoconvert \\
  ! video/x-raw,format=GRAY8 ! filesink location=${gst} & gst=$!
${shell(tester)} & tester=$!
ffmpeg -nostdin -loglevel error -protocol_whitelist file,udp,rtp -i ${sdp} -frames:v ${FRAMES} \\
  -vsync passthrough -f rawvideo -pix_fmt gray -y ${ffmpeg}
wait $gst
wait $tester
`;
  await using namespace = new Child({
    name: "namespace",
    command: "unshare",
    args: ["--map-root-user", "--net", "sh", "-c", script],
    signal: limit.signal,
  });
  const { code } = await namespace.ended;
  assert.equal(code, 0, namespace.log.lines.join("\n"));
  assert.ok(Deno.readTextFileSync(sdp!).includes(`\r\nc=IN IP4 ${GROUP}/4\r\n`));
  for (const path of [ffmpeg!, gst!]) {
    const bytes = Deno.readFileSync(path);
    const sequence = new FrameSequence(SIZE);
    assert.equal(bytes.length, FRAMES * sequence.sizeBytes, path);
    for (let at = 0; at < bytes.length; at += sequence.sizeBytes) {
      sequence.add(bytes.subarray(at, at + sequence.sizeBytes));
    }
    const dropped = droppedFrames(namespace);
    assert.ok(sequence.missing <= dropped, `${path}: ${sequence.missing} missing, not ${dropped}`);
  }
});
