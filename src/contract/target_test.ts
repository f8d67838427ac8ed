import assert from "node:assert/strict";
import fc from "fast-check";
import { assertRefused, refusedOr } from "./_testing.ts";
import type { ContractErrorCode } from "../error_code.ts";
import { formatTarget, parseTarget, type Target } from "./target.ts";

Deno.test("parseTarget applies the defaults to a plain name", () => {
  assert.deepEqual(parseTarget("default"), {
    instance: "default",
    prefix: "/tmp",
    namespace: "cvmmap",
    shmName: "cvmmap_default",
    zmqEndpoint: "ipc:///tmp/cvmmap_default",
  });
  assert.deepEqual(parseTarget("cvmmap://default"), parseTarget("default"));
});

Deno.test("parseTarget reads the prefix and the namespace of a URI", () => {
  assert.deepEqual(parseTarget("cvmmap://camera0@/run/cvmmap?namespace=zed"), {
    instance: "camera0",
    prefix: "/run/cvmmap",
    namespace: "zed",
    shmName: "zed_camera0",
    zmqEndpoint: "ipc:///run/cvmmap/zed_camera0",
  });
});

Deno.test("parseTarget removes one trailing slash of the prefix", () => {
  assert.deepEqual(parseTarget("cvmmap://a@/run/"), parseTarget("cvmmap://a@/run"));
  assert.equal(parseTarget("cvmmap://a@/").zmqEndpoint, "ipc:///cvmmap_a");
});

const BROKEN: readonly [ContractErrorCode, string][] = [
  ["target_plain_name", "bad/name"],
  ["target_plain_name", "camera@"],
  ["target_plain_name", "camera?namespace=zed"],
  ["target_plain_name", "http://camera"],
  ["target_at_sign", "cvmmap://camera@/tmp@/run"],
  ["target_instance", ""],
  ["target_instance", "cvmmap://"],
  ["target_instance", ".hidden"],
  ["target_instance", "a b"],
  ["target_instance", "a\n"],
  ["target_instance", "caméra"],
  ["target_instance", "a".repeat(24)],
  ["target_namespace_empty", "cvmmap://a?namespace="],
  ["target_namespace_empty", "cvmmap://a?namespace"],
  ["target_namespace", "cvmmap://a?namespace=-zed"],
  ["target_namespace", "cvmmap://a?namespace=z/d"],
  ["target_namespace", `cvmmap://a?namespace=${"n".repeat(33)}`],
  ["target_query_key", "cvmmap://a?"],
  ["target_query_key", "cvmmap://a?label=b"],
  ["target_query_key", "cvmmap://a?namespace=b&c=d"],
  ["target_query_repeated", "cvmmap://a?namespace=b&namespace=c"],
  ["target_prefix_relative", "cvmmap://camera0@tmp"],
  ["target_prefix_relative", "cvmmap://camera0@"],
  ["target_prefix_backslash", "cvmmap://a@/t\\mp"],
  ["target_prefix_nul", "cvmmap://a@/t\0mp"],
  ["target_prefix_empty_segment", "cvmmap://a@/run//cvmmap"],
  ["target_prefix_empty_segment", "cvmmap://a@/run//"],
  ["target_prefix_empty_segment", "cvmmap://a@//"],
  ["target_prefix_dot_segment", "cvmmap://a@/run/./cvmmap"],
  ["target_prefix_dot_segment", "cvmmap://a@/run/.."],
  ["target_socket_path", `cvmmap://a@/${"p".repeat(98)}`],
];

for (const [code, text] of BROKEN) {
  Deno.test(`parseTarget refuses ${JSON.stringify(text)} by the rule ${code}`, () => {
    assertRefused(code, () => parseTarget(text));
  });
}

Deno.test("parseTarget accepts names and a socket path of the maximum length", () => {
  assert.equal(parseTarget("a".repeat(23)).instance.length, 23);
  const namespace = "n".repeat(32);
  assert.equal(parseTarget(`cvmmap://a?namespace=${namespace}`).namespace, namespace);
  // "/" + 97 + "/cvmmap_a" is 107 bytes.
  const { zmqEndpoint } = parseTarget(`cvmmap://a@/${"p".repeat(97)}`);
  assert.equal(zmqEndpoint.length, "ipc://".length + 107);
  // The same number of characters, but more bytes.
  assertRefused("target_socket_path", () => parseTarget(`cvmmap://a@/${"é".repeat(49)}`), {
    message: /got a socket path of 108 bytes, allowed are up to 107/,
  });
});

Deno.test("formatTarget omits the defaults", () => {
  for (
    const text of [
      "cvmmap://default",
      "cvmmap://a@/run/cvmmap",
      "cvmmap://a?namespace=zed",
      "cvmmap://a@/run?namespace=zed",
      "cvmmap://a@/",
    ]
  ) {
    assert.equal(formatTarget(parseTarget(text)), text);
  }
});

Deno.test("parseTarget refuses any text or returns a target that survives a round trip", () => {
  const pieces = fc.array(
    fc.oneof(
      fc.constantFrom("cvmmap://", "@", "/", "?", "namespace=", "&", "..", "a", "\\", "\0", "\n"),
      fc.string({ unit: "binary", maxLength: 5 }),
    ),
    { maxLength: 8 },
  ).map((parts) => parts.join(""));
  fc.assert(
    fc.property(fc.oneof(pieces, pieces.map((text) => `cvmmap://a${text}`)), (text) => {
      const target: Target | undefined = refusedOr(() => parseTarget(text));
      if (target !== undefined) assert.deepEqual(parseTarget(formatTarget(target)), target);
    }),
    { numRuns: 300 },
  );
});
