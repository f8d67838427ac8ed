/**
 * The identity of each frame, read back from RTP, RTSP and RTMP by other programs, is what the producer has announced to an
 * independent subscriber. By hand for longer: IDENTITY_FRAMES=300.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Codec } from "../../src/bitstream/codec.ts";
import { NalUnits, readFrameIdentity } from "@cvmmap/streamer/bitstream";
import { Child } from "../_harness/child.ts";
import { TimeLimit } from "../_harness/time_limit.ts";
import { freeUdpPorts } from "../_harness/udp_ports.ts";
import { until } from "../_harness/until.ts";
import { Workspace } from "../_harness/workspace.ts";
import { ffprobe } from "../interop/_ffmpeg.ts";
import { startNginxRtmp } from "../interop/_nginx_rtmp.ts";
import { Peer } from "../peers/peer.ts";
import { RtspCamera } from "./_rtsp_camera.ts";

const FRAMES = Number(Deno.env.get("IDENTITY_FRAMES") ?? "60");

/** Capture times in nanoseconds by frame number, as announced to a subscriber of another implementation. */
class Announcements implements AsyncDisposable {
  readonly times = new Map<number, bigint>();
  readonly #peer: Peer;
  readonly #reading: Promise<void>;

  constructor(endpoint: string) {
    this.#peer = Peer.start("zmq_subscriber.mjs", [endpoint]);
    this.#reading = this.#read();
  }

  async #read(): Promise<void> {
    for (;;) {
      let message: Record<string, unknown>;
      try {
        message = await this.#peer.next();
      } catch {
        return;
      }
      if (typeof message["hex"] !== "string") continue;
      const bytes = Uint8Array.from(message["hex"].match(/../g) ?? [], (hex) => parseInt(hex, 16));
      // A sync message: its magic byte, the frame number, the capture time.
      if (bytes[0] !== 0x7d) continue;
      const view = new DataView(bytes.buffer);
      this.times.set(view.getUint32(4, true), view.getBigUint64(16, true));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#peer[Symbol.asyncDispose]();
    await this.#reading;
  }
}

/** The identity of a frame, as it was read. */
interface ReadIdentity {
  readonly frame: number;
  readonly captureNs: bigint;
}

/**
 * Checks that frames follow each other, each with the time that was announced.
 *
 * @returns Number of frames that are missing.
 */
function check(frames: readonly ReadIdentity[], { times }: Announcements): number {
  assert.ok(frames.length >= FRAMES, `${frames.length} frames`);
  let [missing, last] = [0, frames[0]!.frame - 1];
  for (const { frame, captureNs } of frames) {
    assert.ok(frame > last, `frame ${frame} after ${last}`);
    assert.equal(captureNs, times.get(frame), `frame ${frame}`);
    missing += frame - last - 1;
    last = frame;
  }
  return missing;
}

/** Reads the identities in an elementary stream. */
function identitiesIn(codec: Codec, path: string): ReadIdentity[] {
  const units = new NalUnits();
  units.scan(Deno.readFileSync(path));
  return [...units].flatMap((nal) => {
    const read = readFrameIdentity(codec, [nal]);
    if (read === undefined) return [];
    assert.equal(read.precisionTimeStampUs, read.captureUnixNs / 1000n);
    return [{ frame: read.frameNumber, captureNs: read.captureUnixNs }];
  });
}

/** Lets FFmpeg write the coded stream of an input to a file. */
function record(
  codec: Codec,
  input: readonly string[],
  path: string,
  signal: AbortSignal,
): Child {
  const format = codec === "h264" ? "h264" : "hevc";
  const args = ["-nostdin", "-loglevel", "error", "-analyzeduration", "500000", ...input, "-map"];
  const output = ["0:v", "-frames:v", `${FRAMES}`, "-c", "copy", "-bsf:v", "setts=ts=N"];
  return new Child({
    name: "ffmpeg",
    command: "ffmpeg",
    args: [...args, ...output, "-f", format, path],
    signal,
  });
}

for (const codec of ["h264", "h265"] as const) {
  Deno.test(`GStreamer reads the capture times of ${codec} over RTSP, from SEI and from packets`, async () => {
    using limit = new TimeLimit(60 + FRAMES / 10);
    const flags = ["--codec", codec, "--rtp-time-extension"];
    await using camera = await RtspCamera.start(flags, limit.signal);
    await using announced = new Announcements(camera.zmqEndpoint);
    await until(() => announced.times.size > 0, "an announcement", limit.signal);
    const script = new URL("identity_gstreamer.py", import.meta.url).pathname;
    await using reader = new Child({
      name: "gstreamer",
      command: "/usr/bin/python3",
      args: [script, camera.url, codec, `${FRAMES}`],
      signal: limit.signal,
    });
    await reader.succeeded();
    const pictures = reader.output.lines.map((line) => {
      // JSON.parse() would round.
      const captureNs = BigInt(/"captureUnixNs": (\d+)/.exec(line)![1]!);
      return { captureNs, ...JSON.parse(line) };
    });
    const missing = check(pictures, announced);
    for (const { captureNs, precisionUs, packetUs } of pictures) {
      assert.deepEqual([precisionUs, packetUs], [
        Number(captureNs / 1000n),
        Number(captureNs / 1000n),
      ]);
    }
    const dropped = await camera.end();
    assert.ok(missing <= dropped, `${missing} frames are missing, not ${dropped}`);
  });

  Deno.test(`the identities of ${codec} come through RTP, RTSP and RTMP`, async () => {
    using limit = new TimeLimit(60 + FRAMES / 5);
    using workspace = new Workspace();
    const nginx = await startNginxRtmp(workspace, limit.signal);
    await using _server = nginx.child;
    const [port, sdp] = [freeUdpPorts(), workspace.path("camera.sdp")];
    const rtmp = `rtmp://127.0.0.1:${nginx.port}/live/x`;
    // FFmpeg 5.1 does not read H.265 in FLV; the testers of the product do, in the acceptance suite.
    const rtmpFlags = codec === "h264" ? ["--rtmp", "--rtmp-url", rtmp] : [];
    await using camera = await RtspCamera.start([
      "--codec",
      codec,
      "--rtp",
      "--rtp-endpoint",
      `127.0.0.1:${port}`,
      "--rtp-sdp",
      sdp,
      ...rtmpFlags,
    ], limit.signal);
    await using announced = new Announcements(camera.zmqEndpoint);
    await until(() => announced.times.size > 0, "an announcement", limit.signal);
    await until(() => workspace.has(sdp), "the session description", limit.signal);
    if (rtmpFlags.length > 0) await camera.streamer.log.waitFor(/the server takes the stream/);
    const inputs = {
      rtp: ["-protocol_whitelist", "file,udp,rtp", "-i", sdp],
      rtsp: ["-rtsp_transport", "tcp", "-i", camera.url],
      ...(rtmpFlags.length > 0 && { rtmp: ["-i", rtmp] }),
    };
    const missing: number[] = [];
    for (const [name, input] of Object.entries(inputs)) {
      const path = workspace.path(`${name}.${codec}`);
      await using ffmpeg = record(codec, input, path, limit.signal);
      await ffmpeg.succeeded();
      missing.push(check(identitiesIn(codec, path), announced));
    }
    const sei = await ffprobe(
      workspace.path(`rtsp.${codec}`),
      "frame_side_data=side_data_type",
      limit.signal,
    );
    const listed = sei.filter((line) => /User Data Unregistered SEI/.test(line)).length;
    assert.ok(listed >= 2 * FRAMES, `ffprobe lists ${listed} messages`);
    const dropped = await camera.end();
    assert.ok(Math.max(...missing) <= dropped, `${missing} frames are missing, not ${dropped}`);
  });
}
