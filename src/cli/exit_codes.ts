import type { ContractErrorCode } from "../error_code.ts";
import type { TesterOutcome } from "../testers/outcome.ts";

/** The exit codes of the command line. */
export const ExitCode = {
  Success: 0,
  Failure: 1,
  InvalidArguments: 2,
  PayloadTypeMismatch: 3,
  ThresholdNotMet: 4,
  PipelineInitialization: 5,
  RtmpModeMismatch: 6,
  ProtocolViolation: 7,
  Timeout: 124,
} as const;

/** One of the values of {@linkcode ExitCode}. */
export type ExitCode = typeof ExitCode[keyof typeof ExitCode];

/** What an exit code means, and what to do about it. Used for the help, the manual and the documents. */
export interface ExitCodeMeaning {
  /** A few words for a table, without a full stop. */
  readonly meaning: string;
  /** What to do about it, in full sentences. */
  readonly remedy: string;
}

/** The meaning of each exit code, in ascending order. */
export const exitCodeMeanings: Readonly<Record<ExitCode, ExitCodeMeaning>> = {
  [ExitCode.Success]: {
    meaning: "Success",
    remedy:
      "Nothing. A run that was ended by SIGINT or SIGTERM and shut down cleanly counts as one.",
  },
  [ExitCode.Failure]: {
    meaning: "A failure of the program itself, or of the system",
    remedy:
      "Read the message: for example, a port is in use, the system denies memory or a file, " +
      "the disk that stdout goes to is full, or the connection to an RTMP server was lost with " +
      '`--no-rtmp-reconnect`. Report an "Unexpected error", with the output of `--log-level debug`.',
  },
  [ExitCode.InvalidArguments]: {
    meaning: "Invalid arguments or configuration",
    remedy: "Correct the flag that the message names; it says what was got and what is allowed. " +
      "Nothing was started.",
  },
  [ExitCode.PayloadTypeMismatch]: {
    meaning: "RTP payload type mismatch (tester)",
    remedy: "Set `--expect-pt` to the sender's `--rtp-payload-type`.",
  },
  [ExitCode.ThresholdNotMet]: {
    meaning: "Packet or frame threshold not met (tester)",
    remedy:
      "Something was received, but not enough in time. Check that the sender runs, increase " +
      "`--timeout-ms`, or lower `--packet-threshold` or `--video-threshold`.",
  },
  [ExitCode.PipelineInitialization]: {
    meaning: "Pipeline initialization failed: missing encoder or library",
    remedy: "Install the package that the message names (`./scripts/bootstrap.sh` installs all). " +
      "With `--encoder nvenc`, the message says why NVENC cannot be used: use `--encoder auto` instead.",
  },
  [ExitCode.RtmpModeMismatch]: {
    meaning: "RTMP mode mismatch (tester)",
    remedy:
      "The video is well-formed, but its packaging is not the one of the tester's `--mode`. Make " +
      "`--mode` match the publisher's `--codec` and `--rtmp-mode`.",
  },
  [ExitCode.ProtocolViolation]: {
    meaning: "Protocol validation failed",
    remedy:
      "The other side broke the rule that the message names. The other side is the sender of a " +
      "tester, or an RTMP server, which may also have refused the stream (`--no-rtmp-reconnect`).",
  },
  [ExitCode.Timeout]: {
    meaning: "Timeout: nothing was received at all",
    remedy: "Check that the other side runs and that address and port match, or increase " +
      "`--timeout-ms` or `--ingest-idle-timeout-ms`.",
  },
};

/** The exit code for each error code and tester outcome, except error codes of the contract. */
export const EXIT_CODES: Readonly<Record<Exclude<TesterOutcome, ContractErrorCode>, ExitCode>> = {
  passed: ExitCode.Success,
  threshold_not_met: ExitCode.ThresholdNotMet,
  timeout: ExitCode.Timeout,
  invalid_configuration: ExitCode.InvalidArguments,
  invalid_picture: ExitCode.InvalidArguments,
  invalid_pace: ExitCode.InvalidArguments,
  invalid_planes: ExitCode.InvalidArguments,
  invalid_script: ExitCode.InvalidArguments,
  invalid_rtp_endpoint: ExitCode.InvalidArguments,
  invalid_rtp_local_port: ExitCode.InvalidArguments,
  invalid_rtp_interface: ExitCode.InvalidArguments,
  invalid_rtmp_url: ExitCode.InvalidArguments,
  invalid_rtmp_key: ExitCode.InvalidArguments,
  invalid_zmq_endpoint: ExitCode.InvalidArguments,
  sdp_not_writable: ExitCode.InvalidArguments,
  shm_create: ExitCode.InvalidArguments,
  missing_library: ExitCode.PipelineInitialization,
  missing_permission: ExitCode.PipelineInitialization,
  missing_shim: ExitCode.PipelineInitialization,
  shim_not_built: ExitCode.PipelineInitialization,
  missing_element: ExitCode.PipelineInitialization,
  gstreamer_init: ExitCode.PipelineInitialization,
  pipeline: ExitCode.PipelineInitialization,
  no_encoder_works: ExitCode.PipelineInitialization,
  no_hardware_encoder: ExitCode.PipelineInitialization,
  snapshot_failed: ExitCode.Failure,
  cuda_error: ExitCode.PipelineInitialization,
  nvenc_error: ExitCode.PipelineInitialization,
  nvenc_element_missing: ExitCode.PipelineInitialization,
  nvenc_no_driver: ExitCode.PipelineInitialization,
  nvenc_no_device: ExitCode.PipelineInitialization,
  nvenc_cuda_error: ExitCode.PipelineInitialization,
  nvenc_no_encode_library: ExitCode.PipelineInitialization,
  nvenc_api_version: ExitCode.PipelineInitialization,
  nvenc_unsupported_device: ExitCode.PipelineInitialization,
  nvenc_session_limit: ExitCode.PipelineInitialization,
  nvenc_codec_not_offered: ExitCode.PipelineInitialization,
  nvenc_nvenc_error: ExitCode.PipelineInitialization,
  malformed_bitstream: ExitCode.ProtocolViolation,
  malformed_rtp: ExitCode.ProtocolViolation,
  malformed_rtmp: ExitCode.ProtocolViolation,
  malformed_video: ExitCode.ProtocolViolation,
  unsupported_video: ExitCode.ProtocolViolation,
  access_unit_too_large: ExitCode.ProtocolViolation,
  composition_time_out_of_range: ExitCode.ProtocolViolation,
  empty_access_unit: ExitCode.ProtocolViolation,
  no_video_packaging: ExitCode.ProtocolViolation,
  rtmp_authentication: ExitCode.ProtocolViolation,
  rtmp_handshake: ExitCode.ProtocolViolation,
  rtmp_message_too_long: ExitCode.ProtocolViolation,
  rtmp_refused: ExitCode.ProtocolViolation,
  rtmp_version: ExitCode.ProtocolViolation,
  rtsp_request: ExitCode.ProtocolViolation,
  frame_identity: ExitCode.ProtocolViolation,
  payload_type_mismatch: ExitCode.PayloadTypeMismatch,
  rtmp_mode_mismatch: ExitCode.RtmpModeMismatch,
  encoder: ExitCode.Failure,
  host_not_found: ExitCode.Failure,
  http_listen_failed: ExitCode.Failure,
  notify_socket: ExitCode.Failure,
  rtmp_closed: ExitCode.Failure,
  rtmp_connect: ExitCode.Failure,
  rtmp_failed: ExitCode.Failure,
  rtmp_lost: ExitCode.Failure,
  rtmp_stalled: ExitCode.Failure,
  rtmp_timeout: ExitCode.Failure,
  rtsp_listen_failed: ExitCode.Failure,
  sdp_not_written: ExitCode.Failure,
  shm_full: ExitCode.Failure,
  shm_map: ExitCode.Failure,
  sink_not_open: ExitCode.Failure,
  tcp_listen_failed: ExitCode.Failure,
  udp_bind_failed: ExitCode.Failure,
  udp_open_failed: ExitCode.Failure,
  zmq_error: ExitCode.Failure,
};

/** Contract rules about names and labels: these are broken by user input, the others by a producer. */
const NAME_RULE = /^(label_(?!padding)|target_|shm_name_)/;

/** Returns the exit code for an error code or a tester outcome. */
export function exitCodeOf(code: TesterOutcome): ExitCode {
  if (isListed(code)) return EXIT_CODES[code];
  return NAME_RULE.test(code) ? ExitCode.InvalidArguments : ExitCode.ProtocolViolation;
}

function isListed(code: TesterOutcome): code is keyof typeof EXIT_CODES {
  return Object.hasOwn(EXIT_CODES, code);
}
