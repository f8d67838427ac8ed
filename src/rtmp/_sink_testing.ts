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

/** Frames from one key frame of {@linkcode frame} to the next. */
export const GOP = 6;

const plain = capturedVideo("h264");
const other = capturedVideo("h264_bframes");

/** One of a stream's frames, captured from FFmpeg: every sixth is a key frame. 25 a second. */
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

/** A frame of so many bytes more. */
export function largeFrame(frameCount: number, moreBytes: number): AccessUnit {
  const unit = frame(frameCount);
  const slice = new Uint8Array(moreBytes).fill(0xaa);
  slice[0] = unit.keyFrame ? 0x65 : 0x41;
  const data = new Uint8Array([...unit.data, ...annexB([slice])]);
  return { ...unit, ...codedUnit(data, unit.format) };
}

/** A frame with nothing in it, which cannot be packaged. */
export function emptyFrame(frameCount: number): AccessUnit {
  const unit = frame(frameCount);
  return { ...unit, ...codedUnit(new Uint8Array(), unit.format) };
}

/** Where a server is. */
export function urlOf({ port }: Pick<TestServer, "port">): RtmpUrl {
  return parseRtmpUrl(`rtmp://127.0.0.1:${port}/live/s3cret`);
}

/** The media that a server has received. */
export function mediaOf({ messages }: TestServer): RtmpMessage[] {
  return messages.filter(({ typeId }) => typeId === 9 || typeId === 18);
}

/** An answer to `publish`, behind the usual one: the wish that the publisher goes elsewhere. */
export function sendsAway(tcUrl: () => string): Answer {
  return (command, connection) => {
    reply(connection, "onStatus", command, { level: "status", code: "NetStream.Publish.Start" });
    reply(connection, "onStatus", { transactionId: 0 }, {
      level: "status",
      code: "NetConnection.Connect.ReconnectRequest",
      tcUrl: tcUrl(),
    });
  };
}

/** A sink of a test, and what it has told. */
export class SinkBench implements AsyncDisposable {
  /** The sink. */
  readonly sink: RtmpSink;
  /** What a stream writes to it with. */
  readonly worker: SinkWorker;
  /** What it has told. */
  readonly changes: RtmpChange[] = [];
  /** How often it has asked for a key frame. */
  keyFrameRequests = 0;
  readonly #waiters = new Set<() => void>();

  /** Begins to publish. */
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

  /** What kinds of change it has told. */
  get kinds(): RtmpChange["kind"][] {
    return this.changes.map(({ kind }) => kind);
  }

  /** The waits between its tries so far. */
  get waitsMs(): number[] {
    return this.changes.flatMap((change) => change.kind === "lost" ? [change.retryMs] : []);
  }

  /** Resolves when a change has been told so many times. */
  async told(kind: RtmpChange["kind"], times = 1): Promise<void> {
    while (this.kinds.filter((told) => told === kind).length < times) {
      await new Promise<void>((resolve) => this.#waiters.add(resolve));
    }
  }

  /** Closes it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.worker.close();
  }
}
