import type { SinkContext } from "../publish/sink.ts";
import { RtpStream } from "./rtp_stream.ts";
import { TIME_EXTENSION } from "./time_extension.ts";

/** Options that all sinks of an RTP stream have in common. */
export interface SharedStreamOptions {
  /** Dynamic payload type: 96 to 127. */
  readonly payloadType: number;
  /** Largest RTP packet in bytes. */
  readonly mtu: number;
  /** Whether each packet carries the capture time. */
  readonly timeExtension: boolean;
}

interface SharedStream {
  readonly options: SharedStreamOptions;
  readonly stream: RtpStream;
}

/** The RTP streams of each camera. They live as long as the camera's stream runs. */
const streams = new WeakMap<SinkContext, SharedStream[]>();

/**
 * Returns the RTP stream of a camera with these options, so that its access units are packetized once for all sinks with
 * the same options.
 *
 * @throws {RtpError} If an option is out of range.
 */
export function sharedStream(camera: SinkContext, options: SharedStreamOptions): RtpStream {
  return findStream(
    camera,
    ({ payloadType, mtu, timeExtension }) =>
      payloadType === options.payloadType && mtu === options.mtu &&
      timeExtension === options.timeExtension,
  ) ?? createStream(camera, options);
}

/**
 * Returns any RTP stream of a camera with the same time extension and packets that are not larger, for a sink that
 * describes it to each receiver.
 */
export function anySharedStream(camera: SinkContext, defaults: SharedStreamOptions): RtpStream {
  const found = findStream(
    camera,
    ({ mtu, timeExtension }) => mtu <= defaults.mtu && timeExtension === defaults.timeExtension,
  );
  return found ?? createStream(camera, defaults);
}

function findStream(
  camera: SinkContext,
  isWanted: (options: SharedStreamOptions) => boolean,
): RtpStream | undefined {
  return streams.get(camera)?.find(({ options }) => isWanted(options))?.stream;
}

function createStream(camera: SinkContext, options: SharedStreamOptions): RtpStream {
  const { payloadType, mtu, timeExtension } = options;
  const stream = new RtpStream({
    codec: camera.codec,
    payloadType,
    mtu,
    ...(timeExtension && { headerExtension: TIME_EXTENSION }),
  });
  streams.set(camera, [...streams.get(camera) ?? [], { options, stream }]);
  return stream;
}
