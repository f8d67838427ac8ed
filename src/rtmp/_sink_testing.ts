import { annexB, codedUnit } from "../bitstream/_testing.ts";
import type { AccessUnit } from "../bitstream/access_unit.ts";
import { SinkWorker } from "../publish/sink_worker.ts";
import { type CapturedVideo, capturedVideo } from "./_captured_video.ts";
import { type Answer, reply, type TestServer } from "./_test_server.ts";
import type { RtmpMessage } from "./wire/message.ts";
import { RtmpSink } from "./rtmp_sink.ts";
import type { RtmpChange, RtmpSinkOptions } from "./rtmp_sink_options.ts";
import { parseRtmpUrl, type RtmpUrl } from "./url.ts";
import { videoPackaging } from "./flv/video_formats.ts";
import { parseVideoHeader } from "./flv/video_header.ts";

/** Frames from one key frame of {@linkcode frame} to the next. */
export const GOP = 6;

const plain = capturedVideo("h264");
const other = capturedVideo("h264_bframes");

/** A frame of a stream at 25 frames per second, captured from FFmpeg. Every sixth is a key frame. */
export function frame(
  frameCount: number,
  { accessUnits, format }: CapturedVideo = plain,
): AccessUnit {
  const index = frameCount % GOP;
  const [ptsUs, keyFrame] = [40_000 * frameCount, index === 0];
  const times = { ptsUs, dtsUs: ptsUs, captureUnixUs: 0 };
  return { ...codedUnit(accessUnits[index]!, format), keyFrame, ...times, frameCount };
}

/** A frame of another stream, with other parameter sets. */
export function otherFrame(frameCount: number): AccessUnit {
  return frame(frameCount, other);
}

/** A frame with `moreBytes` additional bytes. */
export function largeFrame(frameCount: number, moreBytes: number): AccessUnit {
  const unit = frame(frameCount);
  const slice = new Uint8Array(moreBytes).fill(0xaa);
  slice[0] = unit.keyFrame ? 0x65 : 0x41;
  const data = new Uint8Array([...unit.data, ...annexB([slice])]);
  return { ...unit, ...codedUnit(data, unit.format) };
}

/** An empty frame, which cannot be packaged. */
export function emptyFrame(frameCount: number): AccessUnit {
  const unit = frame(frameCount);
  return { ...unit, ...codedUnit(new Uint8Array(), unit.format) };
}

/** The URL of a server. */
export function urlOf({ port }: Pick<TestServer, "port">): RtmpUrl {
  return parseRtmpUrl(`rtmp://127.0.0.1:${port}/live/s3cret`);
}

/** The media that a server has received. */
export function mediaOf({ messages }: TestServer): RtmpMessage[] {
  return messages.filter(({ typeId }) => typeId === 9 || typeId === 18);
}

/** The kinds of the media that a server has received: `data`, `key-frame`, or the kind of a video message. */
export function mediaKinds(server: TestServer): string[] {
  return mediaOf(server).map(({ typeId, payload }) => {
    if (typeId !== 9) return "data";
    const header = parseVideoHeader(payload);
    return header.kind === "frame" && header.keyFrame ? "key-frame" : header.kind;
  });
}

/** Answers `publish` as usual and then requests a reconnection to another server. */
export function redirectTo(tcUrl: () => string): Answer {
  return (command, connection) => {
    reply(connection, "onStatus", command, { level: "status", code: "NetStream.Publish.Start" });
    reply(connection, "onStatus", { transactionId: 0 }, {
      level: "status",
      code: "NetConnection.Connect.ReconnectRequest",
      tcUrl: tcUrl(),
    });
  };
}

/** A sink with a worker, and the changes that it has reported. */
export class SinkBench implements AsyncDisposable {
  /** The sink. */
  readonly sink: RtmpSink;
  /** The worker through which a stream writes to the sink. */
  readonly worker: SinkWorker;
  /** The changes reported so far. */
  readonly changes: RtmpChange[] = [];
  /** Number of key frame requests. */
  keyFrameRequests = 0;
  readonly #waiters = new Set<() => void>();

  /** Starts to publish. */
  constructor(url: RtmpUrl, options: Partial<RtmpSinkOptions> = {}) {
    this.sink = new RtmpSink({
      url,
      packaging: videoPackaging("h264", "enhanced"),
      describe: () => ({ bitrateKbps: 1000, encoder: "test" }),
      maxQueueMs: 1000,
      reconnect: true,
      requestKeyFrame: () => this.keyFrameRequests++,
      onChange: (change) => {
        this.changes.push(change);
        for (const resolve of this.#waiters) resolve();
        this.#waiters.clear();
      },
      ...options,
      limits: { backoff: { firstMs: 10, longestMs: 40 }, ...options.limits },
    });
    this.worker = new SinkWorker(this.sink, () => this.keyFrameRequests++);
  }

  /** The kinds of the reported changes. */
  get kinds(): RtmpChange["kind"][] {
    return this.changes.map(({ kind }) => kind);
  }

  /** The delays between the attempts so far. */
  get delaysMs(): number[] {
    return this.changes.flatMap((change) => change.kind === "lost" ? [change.retryMs] : []);
  }

  /** Resolves when a kind of change has been reported `times` times. */
  async waitFor(kind: RtmpChange["kind"], times = 1): Promise<void> {
    while (this.kinds.filter((reported) => reported === kind).length < times) {
      await new Promise<void>((resolve) => this.#waiters.add(resolve));
    }
  }

  /** Closes the sink. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.worker.close();
  }
}
