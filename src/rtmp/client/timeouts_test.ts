import assert from "node:assert/strict";
import type { ErrorCode } from "../../error_code.ts";
import { StreamerError } from "../../errors.ts";
import { AdaptiveTimeout } from "./timeouts.ts";

Deno.test("AdaptiveTimeout doubles after each timeout, up to four times the initial limit", () => {
  const timeout = new AdaptiveTimeout(30_000);
  const error = (code: ErrorCode): StreamerError => new StreamerError("", { code });
  const codes: ErrorCode[] = [
    "rtmp_timeout",
    "rtmp_timeout",
    "rtmp_timeout",
    "rtmp_refused",
    "rtmp_timeout",
  ];
  const limits = codes.map((code) => {
    timeout.observe(error(code));
    return timeout.timeoutMs / 1000;
  });
  assert.deepEqual(limits, [60, 120, 120, 30, 60]);
});
