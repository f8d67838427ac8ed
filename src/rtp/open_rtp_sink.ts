import { RtcpSocket } from "../../ffi/rtcp_socket.ts";
import { openShim, prepareShim } from "../../ffi/shim.ts";
import { DEFAULT_TTL, type MulticastOptions, UdpSocket } from "../../ffi/udp.ts";
import { StreamerError } from "../errors.ts";
import { AddressWatcher } from "./address_watcher.ts";
import {
  type Endpoint,
  isLiteral,
  isMulticast,
  needsInterface,
  type ResolvedEndpoint,
  resolveEndpoint,
} from "./endpoint.ts";
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
  /**
   * Interface that packets to a multicast group are sent from: its name, or its IPv4 address.
   *
   * @default chosen by the system
   */
  readonly networkInterface?: string;
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
  const { ttl: givenTtl, networkInterface, resends = false, ...sinkRest } = others;
  const receiver = await resolveEndpoint(endpoint);
  await prepareShim();
  const isGroup = isMulticast(receiver.address);
  const ttl = givenTtl ?? DEFAULT_TTL;
  const multicast = { ttl, ...(networkInterface !== undefined && { networkInterface }) };
  const open = (to: ResolvedEndpoint): Promise<Sockets> =>
    openSockets(to, localPort, receive, multicast);
  let { rtp, rtcp } = await open(receiver);
  const sinkOptions = {
    ...sinkRest,
    receiver,
    // What one receiver of a group has lost is of no use to the others.
    resends: resends && !isGroup,
    ...(isGroup && { ttl }),
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
      ({ rtp, rtcp } = await open(next));
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

interface Sockets {
  readonly rtp: UdpSocket;
  readonly rtcp: RtcpSocket;
}

async function openSockets(
  { address, port }: ResolvedEndpoint,
  localPort: number,
  onPacket: (packet: Uint8Array, arrivedUnixUs: number) => void,
  multicast: MulticastOptions,
): Promise<Sockets> {
  if (needsInterface(address) && multicast.networkInterface === undefined) {
    throw new StreamerError(`${address} is a group of a link: give networkInterface`, {
      code: "invalid_rtp_interface",
    });
  }
  using sockets = new DisposableStack();
  const rtp = sockets.use(
    UdpSocket.connect(openShim(), address, port, { ...multicast, localPort }),
  );
  const rtcpOptions = { ...multicast, localPort: localPort === 0 ? 0 : localPort + 1 };
  const rtcp = await RtcpSocket.open(address, port + 1, onPacket, rtcpOptions);
  sockets.move(); // The sink owns them from here on.
  return { rtp, rtcp };
}
