import assert from "node:assert/strict";
import { NvencStandin } from "../tests/standin/nvenc_standin.ts";
import {
  FunctionList,
  guidText,
  NVENC_API_WORD,
  nvencStatusName,
  OpenSessionParams,
} from "./nvenc_abi.ts";

Deno.test("the version words match nvEncodeAPI.h 11.0", () => {
  assert.equal(NVENC_API_WORD, 0x0000000b);
  assert.equal(FunctionList.version, 0x7002000b);
  assert.equal(OpenSessionParams.version, 0x7001000b);
});

Deno.test("the structure sizes match those of a C compiler", async () => {
  using standin = await NvencStandin.build();
  const sizes = standin.sizes();
  assert.equal(OpenSessionParams.size, sizes.openParams);
  assert.equal(FunctionList.size, sizes.functionList);
});

Deno.test("nvencStatusName returns the header's names, and a placeholder for unknown codes", () => {
  const known: [number, string][] = [
    [0, "NV_ENC_SUCCESS"],
    [1, "NV_ENC_ERR_NO_ENCODE_DEVICE"],
    [2, "NV_ENC_ERR_UNSUPPORTED_DEVICE"],
    [10, "NV_ENC_ERR_OUT_OF_MEMORY"],
    [15, "NV_ENC_ERR_INVALID_VERSION"],
    [20, "NV_ENC_ERR_GENERIC"],
    [21, "NV_ENC_ERR_INCOMPATIBLE_CLIENT_KEY"],
    [25, "NV_ENC_ERR_RESOURCE_NOT_MAPPED"],
  ];
  for (const [status, name] of known) assert.equal(nvencStatusName(status), name);
  assert.equal(nvencStatusName(99), "NVENCSTATUS(99)");
  assert.equal(nvencStatusName(-1), "NVENCSTATUS(-1)");
});

Deno.test("guidText reads the first three fields in native byte order", () => {
  const bytes = Uint8Array.of(
    0xff,
    0x62,
    0x27,
    0xc8,
    0x6b,
    0x63,
    0x4e,
    0xa4,
    0x4c,
    0xaa,
    0x85,
    0x1e,
    0x50,
    0xf3,
    0x21,
    0xf6,
    0x0f,
  );
  const view = new DataView(bytes.buffer);
  assert.equal(guidText(view, 1), "6bc82762-4e63-4ca4-aa85-1e50f321f60f");
});
