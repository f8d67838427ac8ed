import assert from "node:assert/strict";
import { ContractError } from "../contract/errors.ts";
import { decodeMessage } from "../contract/message.ts";
import { parseTarget } from "../contract/target.ts";
import type { ErrorCode } from "../error_code.ts";
import { StreamerError } from "../errors.ts";
import { parseRtpPacket } from "../rtp/rtp_packet.ts";
import { EXIT_CODES, ExitCode, exitCodeOf } from "./exit_codes.ts";

function codeOf(action: () => unknown): ErrorCode {
  try {
    action();
  } catch (error) {
    if (error instanceof StreamerError) return error.code;
    throw error;
  }
  assert.fail("nothing was thrown");
}

Deno.test("exitCodeOf() returns 2 for an invalid name, and 7 for invalid bytes of a producer", () => {
  assert.equal(exitCodeOf(codeOf(() => parseTarget("a?b"))), ExitCode.InvalidArguments);
  assert.equal(
    exitCodeOf(codeOf(() => decodeMessage(Uint8Array.of(1)))),
    ExitCode.ProtocolViolation,
  );
  for (const code of ["label_ascii", "label_length", "label_nul", "shm_name_slash"] as const) {
    assert.equal(exitCodeOf(new ContractError(code, "").code), ExitCode.InvalidArguments);
  }
  for (const code of ["label_padding", "v2_depth", "sync_length"] as const) {
    assert.equal(exitCodeOf(new ContractError(code, "").code), ExitCode.ProtocolViolation);
  }
});

/** The codes and outcomes for each exit code, except error codes of the contract. */
const EXPECTED: Readonly<Record<number, string>> = {
  0: "passed",
  1: "encoder host_not_found http_listen_failed notify_socket rtmp_closed rtmp_connect rtmp_failed rtmp_lost " +
    "rtmp_stalled rtmp_timeout rtsp_listen_failed sdp_not_written shm_full shm_map sink_not_open snapshot_failed tcp_listen_failed " +
    "udp_bind_failed udp_open_failed zmq_error",
  2: "invalid_configuration invalid_picture invalid_pace invalid_planes invalid_script " +
    "invalid_rtp_endpoint invalid_rtp_local_port invalid_rtp_interface invalid_rtmp_url invalid_rtmp_key " +
    "invalid_zmq_endpoint sdp_not_writable shm_create",
  3: "payload_type_mismatch",
  4: "threshold_not_met",
  5: "missing_library missing_permission missing_shim shim_not_built missing_element " +
    "gstreamer_init pipeline no_encoder_works no_hardware_encoder cuda_error nvenc_error " +
    "nvenc_element_missing nvenc_no_driver nvenc_no_device nvenc_cuda_error " +
    "nvenc_no_encode_library nvenc_api_version nvenc_unsupported_device nvenc_session_limit " +
    "nvenc_codec_not_offered nvenc_nvenc_error",
  6: "rtmp_mode_mismatch",
  7: "frame_identity malformed_bitstream malformed_rtp malformed_rtmp malformed_video unsupported_video " +
    "access_unit_too_large composition_time_out_of_range empty_access_unit no_video_packaging " +
    "rtmp_authentication rtmp_handshake rtmp_message_too_long rtmp_refused rtmp_version rtsp_request",
  124: "timeout",
};

Deno.test("exitCodeOf() has an exit code for every error code and outcome", () => {
  const wanted = Object.entries(EXPECTED).flatMap(([exitCode, codes]) =>
    codes.split(" ").map((code) => [code, Number(exitCode)])
  );
  assert.deepEqual(Object.fromEntries(wanted), EXIT_CODES);
  assert.equal(
    exitCodeOf(codeOf(() => parseRtpPacket(new Uint8Array()))),
    ExitCode.ProtocolViolation,
  );
});
