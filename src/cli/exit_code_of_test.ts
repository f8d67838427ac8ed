import assert from "node:assert/strict";
import { ContractError } from "../contract/errors.ts";
import { decodeMessage } from "../contract/message.ts";
import { parseTarget } from "../contract/target.ts";
import type { ErrorCode } from "../error_code.ts";
import { StreamerError } from "../errors.ts";
import { parseRtpPacket } from "../rtp/rtp_packet.ts";
import { exitCodeOf } from "./exit_code_of.ts";
import { ExitCode } from "./exit_codes.ts";

function codeOf(action: () => unknown): ErrorCode {
  try {
    action();
  } catch (error) {
    if (error instanceof StreamerError) return error.code;
    throw error;
  }
  assert.fail("nothing was thrown");
}

Deno.test("a name that breaks the contract is the user's mistake, bytes that do are the producer's", () => {
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

Deno.test("errors and outcomes end with the exit code of their kind", () => {
  assert.equal(
    exitCodeOf(codeOf(() => parseRtpPacket(new Uint8Array()))),
    ExitCode.ProtocolViolation,
  );
  const expected = [
    ["passed", 0],
    ["rtmp_lost", 1],
    ["invalid_configuration", 2],
    ["payload_type_mismatch", 3],
    ["threshold_not_met", 4],
    ["nvenc_no_driver", 5],
    ["rtmp_mode_mismatch", 6],
    ["rtmp_refused", 7],
    ["timeout", 124],
  ] as const;
  for (const [code, exitCode] of expected) assert.equal(exitCodeOf(code), exitCode, code);
});
