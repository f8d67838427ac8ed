import { createSocket, type Socket } from "node:dgram";
import { isIPv6 } from "node:net";
import type { Codec } from "../bitstream/codec.ts";
import { StreamerError } from "../errors.ts";
import { isMulticast } from "../rtp/endpoint.ts";
import type { TesterOutcome } from "./outcome.ts";
import { RtpStreamCheck, type RtpStreamReport } from "./rtp_stream_check.ts";

/** Options of the RTP receiver tester. */
export interface RtpReceiverTesterOptions {
  /**
   * Local address to receive on, or a multicast group, which is joined (not with Deno 2.4). Receivers of a group on one
   * machine share the port.
   *
   * @default 0.0.0.0
   */
  readonly host?: string;
  /** UDP port to receive on; 0 chooses a free port, see `onListening`. */
  readonly port: number;
  /** Payload type that every packet must have, 0 to 127. */
  readonly expectPt: number;
  /**
   * Valid packets that make the test pass.
   *
   * @default 1
   */
  readonly packetThreshold?: number;
  /**
   * Time limit of the test, in milliseconds.
   *
   * @default 10000
   */
  readonly timeoutMs?: number;
  /** The expected codec. Without it, the packets must be valid for either codec. */
  readonly codec?: Codec;
  /**
   * Whether every complete access unit must identify its frame, with numbers that increase and capture times that agree.
   *
   * @default false
   */
  readonly identity?: boolean;
  /** Called with the port when packets can be received. */
  readonly onListening?: (port: number) => void;
}

/** Result of a test: the outcome and a report of what was received. */
export interface RtpTesterResult extends RtpStreamReport {
  /** `passed`, `threshold_not_met`, `timeout`, or a violation: `payload_type_mismatch`, `malformed_rtp`. */
  readonly outcome: TesterOutcome;
  /** The outcome in one line. */
  readonly message: string;
  /** Duration of the test in milliseconds. */
  readonly elapsedMs: number;
}

/** Requested size of the receive buffer, enough for the burst of a large key frame. */
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;

/**
 * Receives RTP packets and checks them, until enough valid packets have arrived, a packet is invalid, or
 * the time is up.
 *
 * @param signal Ends the test like a timeout.
 * @throws {StreamerError} If the port cannot be opened.
 */
export async function runRtpReceiverTester(
  options: RtpReceiverTesterOptions,
  signal: AbortSignal,
): Promise<RtpTesterResult> {
  const { host = "0.0.0.0", port, expectPt, packetThreshold = 1, timeoutMs = 10_000 } = options;
  const started = performance.now();
  const check = new RtpStreamCheck(expectPt, options.codec, options.identity);
  const type = isIPv6(host) ? "udp6" : "udp4";
  const socket = createSocket({ type, reuseAddr: isMulticast(host) });
  try {
    await bind(socket, host, port);
    const violation = receive(socket, check, packetThreshold, timeoutMs, signal);
    options.onListening?.(socket.address().port);
    return {
      ...verdict(await violation, check.packets, packetThreshold),
      elapsedMs: Math.round(performance.now() - started),
      ...check.report(),
    };
  } finally {
    await new Promise<void>((resolve) => socket.close(() => resolve()));
  }
}

async function bind(socket: Socket, host: string, port: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once("error", reject);
  socket.bind({ address: host, port, exclusive: true }, resolve);
  try {
    await promise;
    if (isMulticast(host)) socket.addMembership(host);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const isOld = isMulticast(host) && Deno.version.deno.startsWith("2.4.");
    const hint = isOld ? "; Deno 2.4 cannot join multicast groups" : "";
    throw new StreamerError(`Cannot receive at ${host} port ${port}: ${reason}${hint}`, {
      code: "udp_bind_failed",
      cause,
    });
  }
  socket.off("error", reject);
  try {
    socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES);
  } catch {
    // Deno 2.4 does not support this. The system's default holds about 90 packets.
  }
}

/** Resolves when the test is over, with the violation if there was one. */
async function receive(
  socket: Socket,
  check: RtpStreamCheck,
  packetThreshold: number,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<StreamerError | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<StreamerError | undefined>();
  const end = (): void => resolve(undefined);
  let over = false;
  const take = (datagram: Uint8Array): void => {
    // Packets after the one that ended the test are ignored.
    if (over) return;
    try {
      check.push(datagram);
      over = check.packets >= packetThreshold;
      if (over) end();
    } catch (error) {
      over = true;
      if (error instanceof StreamerError) resolve(error);
      else reject(error);
    }
  };
  const timer = setTimeout(end, timeoutMs);
  signal.addEventListener("abort", end);
  if (signal.aborted) end();
  socket.on("error", reject);
  socket.on("message", take);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", end);
    socket.off("message", take);
    socket.off("error", reject);
  }
}

function verdict(
  violation: StreamerError | undefined,
  packets: number,
  threshold: number,
): Pick<RtpTesterResult, "outcome" | "message"> {
  if (violation !== undefined) {
    return { outcome: violation.code, message: violation.message };
  }
  if (packets >= threshold) {
    return { outcome: "passed", message: `${packets} valid RTP packets received` };
  }
  if (packets > 0) {
    return {
      outcome: "threshold_not_met",
      message: `${packets} valid RTP packets received in time; ${threshold} are needed`,
    };
  }
  return { outcome: "timeout", message: "No RTP packet received in time" };
}
