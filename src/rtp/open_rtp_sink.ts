import { openShim, prepareShim } from "../../ffi/shim.ts";
import { UdpSocket } from "../../ffi/udp.ts";
import { type Endpoint, resolveEndpoint } from "./endpoint.ts";
import { RtpSink, type RtpSinkOptions } from "./rtp_sink.ts";

/** {@linkcode RtpSinkOptions} with an endpoint that is yet to be resolved. */
export interface OpenRtpSinkOptions extends Omit<RtpSinkOptions, "receiver"> {
  /** Where RTP goes; RTCP goes to the next port. */
  readonly endpoint: Endpoint;
}

/**
 * Looks up the receiver, opens the sockets for RTP and RTCP and makes a sink of them.
 *
 * @throws {StreamerError} If the host has no address, a socket cannot be opened or an option is out of
 * range; with exit code 5, if the native shim can be neither found nor built.
 */
export async function openRtpSink(options: OpenRtpSinkOptions): Promise<RtpSink> {
  const { endpoint, ...others } = options;
  const receiver = await resolveEndpoint(endpoint);
  await prepareShim();
  const library = openShim();
  using sockets = new DisposableStack();
  const rtp = sockets.use(UdpSocket.connect(library, receiver.address, receiver.port));
  const rtcp = sockets.use(UdpSocket.connect(library, receiver.address, receiver.port + 1));
  const sink = new RtpSink({ ...others, receiver }, rtp, rtcp);
  sockets.move(); // From here on they are the sink's.
  return sink;
}
