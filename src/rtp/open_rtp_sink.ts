import { RtcpSocket } from "../../ffi/rtcp_socket.ts";
import { openShim, prepareShim } from "../../ffi/shim.ts";
import { UdpSocket } from "../../ffi/udp.ts";
import type { StreamerError } from "../errors.ts";
import { AddressWatcher } from "./address_watcher.ts";
import { type Endpoint, isLiteral, type ResolvedEndpoint, resolveEndpoint } from "./endpoint.ts";
import type { ReceiverCondition } from "./receiver_state.ts";
import { RtpSink, type RtpSinkOptions } from "./rtp_sink.ts";

/** {@linkcode RtpSinkOptions} with an endpoint that has not been resolved yet. */
export interface OpenRtpSinkOptions extends Omit<RtpSinkOptions, "receiver"> {
  /** The endpoint to send RTP to; RTCP goes to the next port. */
  readonly endpoint: Endpoint;
  /**
   * Local port that RTP is sent from; RTCP uses the next port. 0 is any.
   *
   * @default 0
   */
  readonly localPort?: number;
  /** Called when the receiver's name has a new address and RTP is sent there. */
  readonly onMoved?: (receiver: ResolvedEndpoint) => void;
  /** Called when no sockets could be opened for the new address. */
  readonly onFailure?: (error: StreamerError) => void;
}

/**
 * Resolves the endpoint, opens the sockets for RTP and RTCP and creates a sink that uses them. A name is looked up
 * again every 30 seconds, and when sending to the receiver fails.
 *
 * @throws {StreamerError} If the host has no address, a socket cannot be opened, an option is out of
 * range, or the native shim can neither be found nor built.
 */
export async function openRtpSink(options: OpenRtpSinkOptions): Promise<RtpSink> {
  const { endpoint, localPort = 0, onMoved, onFailure, onReceiverChange, ...others } = options;
  const receiver = await resolveEndpoint(endpoint);
  await prepareShim();
  let { rtp, rtcp } = await openSockets(receiver, localPort, receive);
  const sinkOptions = {
    ...others,
    receiver,
    onReceiverChange: (condition: ReceiverCondition): void => {
      onReceiverChange?.(condition);
      if (condition !== "open") watcher?.check();
    },
  };
  const sink = await createSink(sinkOptions, rtp, rtcp);
  sink.own({ [Symbol.asyncDispose]: () => rtcp[Symbol.asyncDispose]() });
  const watcher = isLiteral(endpoint) ? undefined : new AddressWatcher(endpoint, receiver, {
    onMoved: async (next) => {
      // The new sockets can only bind the local ports once the old sockets are closed.
      rtp[Symbol.dispose]();
      await rtcp[Symbol.asyncDispose]();
      ({ rtp, rtcp } = await openSockets(next, localPort, receive));
      sink.redirect(next, rtp, rtcp);
      onMoved?.(next);
    },
    onFailure: (error) => onFailure?.(error),
  });
  if (watcher !== undefined) sink.own(watcher);
  function receive(packet: Uint8Array, arrivedUnixUs: number): void {
    sink.receive(packet, arrivedUnixUs);
  }
  return sink;
}

/** Creates the sink; closes the sockets if an option is out of range. */
async function createSink(
  options: RtpSinkOptions,
  rtp: UdpSocket,
  rtcp: RtcpSocket,
): Promise<RtpSink> {
  try {
    return new RtpSink(options, rtp, rtcp);
  } catch (error) {
    rtp[Symbol.dispose]();
    await rtcp[Symbol.asyncDispose]();
    throw error;
  }
}

async function openSockets(
  { address, port }: ResolvedEndpoint,
  localPort: number,
  onPacket: (packet: Uint8Array, arrivedUnixUs: number) => void,
): Promise<{ rtp: UdpSocket; rtcp: RtcpSocket }> {
  using sockets = new DisposableStack();
  const rtp = sockets.use(UdpSocket.connect(openShim(), address, port, localPort));
  const rtcpPort = localPort === 0 ? 0 : localPort + 1;
  const rtcp = await RtcpSocket.open(address, port + 1, rtcpPort, onPacket);
  sockets.move(); // The sink owns them from here on.
  return { rtp, rtcp };
}
