import { type UdpLibrary, UdpSocket } from "../../ffi/udp.ts";
import { type Endpoint, resolveEndpoint } from "./endpoint.ts";
import { RtpSink, type RtpSinkOptions } from "./rtp_sink.ts";

/** {@linkcode RtpSinkOptions} with an endpoint that is yet to be resolved. */
export type OpenRtpSinkOptions =
  & Omit<RtpSinkOptions, "receiver">
  & { readonly endpoint: Endpoint };

/**
 * Looks up the receiver, opens the sockets for RTP and RTCP and makes a sink of them.
 *
 * @param library The native shim.
 * @throws {StreamerError} If the host has no address, a socket cannot be opened or an option is out of range.
 */
export async function openRtpSink(
  options: OpenRtpSinkOptions,
  library: UdpLibrary,
): Promise<RtpSink> {
  const { endpoint, ...others } = options;
  const receiver = await resolveEndpoint(endpoint);
  using sockets = new DisposableStack();
  const rtp = sockets.use(UdpSocket.connect(library, receiver.address, receiver.port));
  const rtcp = sockets.use(UdpSocket.connect(library, receiver.address, receiver.port + 1));
  const sink = new RtpSink({ ...others, receiver }, rtp, rtcp);
  sockets.move(); // From here on they are the sink's.
  return sink;
}
