import type { ContractErrorCode } from "../error_code.ts";
import type { TesterOutcome } from "../testers/outcome.ts";
import { ExitCode } from "./exit_codes.ts";

/** The exit code of each error and outcome, those of the contract left out. */
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
  payload_type_mismatch: ExitCode.PayloadTypeMismatch,
  rtmp_mode_mismatch: ExitCode.RtmpModeMismatch,
  encoder: ExitCode.Failure,
  host_not_found: ExitCode.Failure,
  notify_socket: ExitCode.Failure,
  rtmp_closed: ExitCode.Failure,
  rtmp_connect: ExitCode.Failure,
  rtmp_failed: ExitCode.Failure,
  rtmp_lost: ExitCode.Failure,
  rtmp_stalled: ExitCode.Failure,
  rtmp_timeout: ExitCode.Failure,
  sdp_not_written: ExitCode.Failure,
  shm_full: ExitCode.Failure,
  shm_map: ExitCode.Failure,
  sink_not_open: ExitCode.Failure,
  http_listen_failed: ExitCode.Failure,
  tcp_listen_failed: ExitCode.Failure,
  udp_bind_failed: ExitCode.Failure,
  udp_open_failed: ExitCode.Failure,
  zmq_error: ExitCode.Failure,
};

/** Rules of the contract that the user breaks, with a name, and not a producer with its bytes. */
const NAME_RULE = /^(label_(?!padding)|target_|shm_name_)/;

/** The exit code of a command that ends with an error of this code, or a test with this outcome. */
export function exitCodeOf(code: TesterOutcome): ExitCode {
  if (isOwn(code)) return EXIT_CODES[code];
  return NAME_RULE.test(code) ? ExitCode.InvalidArguments : ExitCode.ProtocolViolation;
}

function isOwn(code: TesterOutcome): code is keyof typeof EXIT_CODES {
  return Object.hasOwn(EXIT_CODES, code);
}
