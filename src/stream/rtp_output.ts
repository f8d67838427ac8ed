import { getLogger } from "@logtape/logtape";
import { openShim } from "../../ffi/shim.ts";
import type { Codec } from "../bitstream/codec.ts";
import { openRtpSink } from "../rtp/open_rtp_sink.ts";
import type { StreamerError } from "../errors.ts";
import type { Sink } from "../publish/sink.ts";
import type { ReceiverCondition } from "../rtp/receiver_state.ts";
import { SdpFile } from "../rtp/sdp_file.ts";

const logger = getLogger(["cvmmap", "rtp"]);

/** Where RTP goes, and how. */
export interface RtpOutputOptions {
  /** Name or literal address of the receiver. */
  readonly host: string;
  /** Of RTP; RTCP goes to the next one. */
  readonly port: number;
  /** 96 to 127. */
  readonly payloadType: number;
  /** Largest RTP packet in bytes. */
  readonly mtu: number;
  /** File that the session description is written to. */
  readonly sdpPath: string | undefined;
  /** Is given the session description where there is no file for it. */
  readonly onDescription?: (sdp: string) => void;
}

/** Opens the RTP output of a stream; what happens to it is told in the log. */
export async function openRtpOutput(options: RtpOutputOptions, codec: Codec): Promise<Sink> {
  const { host, port, payloadType, mtu, sdpPath } = options;
  const file = sdpPath === undefined ? undefined : new SdpFile(sdpPath, tellFailure);
  const sink = await openRtpSink({
    codec,
    endpoint: { host, port },
    payloadType,
    mtu,
    onDescription: (sdp) => file === undefined ? options.onDescription?.(sdp) : file.write(sdp),
    onReceiverChange: (condition) => tellCondition(sink.name, condition),
  }, openShim());
  logger.info("Sending {codec} to {sink}, session description to {sdp}", {
    codec,
    sink: sink.name,
    sdp: sdpPath ?? "standard output",
  });
  return {
    name: sink.name,
    write: (unit) => sink.write(unit),
    stats: () => sink.stats(),
    async [Symbol.asyncDispose](): Promise<void> {
      await sink[Symbol.asyncDispose]();
      await file?.settled();
    },
  };
}

/** The stream is worth more than its description: a full disk must not end it. */
function tellFailure(error: StreamerError): void {
  logger.error("{reason}", { reason: error.message });
}

function tellCondition(sink: string, condition: ReceiverCondition): void {
  if (condition === "open") logger.info("{sink}: the receiver is there again", { sink });
  else logger.warn("{sink}: {condition}; sending goes on", { sink, condition });
}
