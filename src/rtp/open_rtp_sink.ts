import { RtcpSocket } from "../../ffi/rtcp_socket.ts";
import { openShim, prepareShim } from "../../ffi/shim.ts";
import { UdpSocket } from "../../ffi/udp.ts";
import type { StreamerError } from "../errors.ts";
import { type Endpoint, isLiteral, type ResolvedEndpoint, resolveEndpoint } from "./endpoint.ts";
import { ReceiverWatch } from "./receiver_watch.ts";
import { RtpSink, type RtpSinkOptions } from "./rtp_sink.ts";

/** {@linkcode RtpSinkOptions} with an endpoint that is yet to be resolved. */
export interface OpenRtpSinkOptions extends Omit<RtpSinkOptions, "receiver"> {
  /** Where RTP goes; RTCP goes to the next port. */
  readonly endpoint: Endpoint;
  /** Port of ours that RTP comes from, RTCP from the next one; any, unless given. */
  readonly localPort?: number;
  /** Is told that the receiver's name has another address, to which RTP goes from now on. */
  readonly onMoved?: (receiver: ResolvedEndpoint) => void;
  /** Is told that it could not be sent to another address. */
  readonly onFailure?: (error: StreamerError) => void;
}

/**
 * Looks up the receiver, opens the sockets for RTP and RTCP and makes a sink of them. A name is looked up again
 * every half minute, and when the receiver refuses.
 *
 * @throws {StreamerError} If the host has no address, a socket cannot be opened or an option is out of
 * range; or if the native shim can be neither found nor built.
 */
export async function openRtpSink(options: OpenRtpSinkOptions): Promise<RtpSink> {
  const { endpoint, localPort = 0, onMoved, onFailure, onReceiverChange, ...others } = options;
  const receiver = await resolveEndpoint(endpoint);
  await prepareShim();
  let { rtp, rtcp } = await openSockets(receiver, localPort, hear);
  const sink = await made(
    () =>
      new RtpSink(
        {
          ...others,
          receiver,
          onReceiverChange: (condition) => {
            onReceiverChange?.(condition);
            if (condition !== "open") watch?.look();
          },
        },
        ...[rtp, rtcp] as const,
      ),
    rtp,
    rtcp,
  );
  sink.own({ [Symbol.asyncDispose]: () => rtcp[Symbol.asyncDispose]() });
  const watch = isLiteral(endpoint) ? undefined : new ReceiverWatch(endpoint, receiver, {
    onMoved: async (next) => {
      // A port of ours can be had again only when it is free.
      rtp[Symbol.dispose]();
      await rtcp[Symbol.asyncDispose]();
      ({ rtp, rtcp } = await openSockets(next, localPort, hear));
      sink.redirect(next, rtp, rtcp);
      onMoved?.(next);
    },
    onFailure: (error) => onFailure?.(error),
  });
  if (watch !== undefined) sink.own(watch);
  function hear(packet: Uint8Array, arrivedUnixUs: number): void {
    sink.receive(packet, arrivedUnixUs);
  }
  return sink;
}

/** The sink; where an option is out of its range, the sockets are nobody's. */
async function made(make: () => RtpSink, rtp: UdpSocket, rtcp: RtcpSocket): Promise<RtpSink> {
  try {
    return make();
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
  sockets.move(); // From here on they are the sink's.
  return { rtp, rtcp };
}
