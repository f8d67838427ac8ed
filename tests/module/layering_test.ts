import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import denoJson from "../../deno.json" with { type: "json" };
import { layeringViolations, LAYERS, readImports } from "./_layering.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

const entries: string[] = Object.values(denoJson.exports).map((path) => path.slice("./".length));
const imports = readImports(entries, (path) => Deno.readTextFileSync(`${ROOT}${path}`));

Deno.test("imports follow the order of the layers, without cycles", () => {
  assert.deepEqual(layeringViolations(imports), []);
});

Deno.test("every layer has files with imports", () => {
  for (const layer of LAYERS) {
    const path = layer === "ffi" ? "ffi/" : `src/${layer}/`;
    assert.ok([...imports.keys()].some((file) => file.startsWith(path)), layer);
  }
});

for (
  const [from, to, violation] of [
    ["src/ingest/ingest.ts", "src/stream/stream.ts", /stream comes after ingest/],
    ["src/rtp/sdp.ts", "src/rtmp/url.ts", /they are independent/],
    ["src/bitstream/codec.ts", "ffi/library.ts", /bitstream may not import any layer/],
    ["ffi/udp.ts", "src/rtp/packet_arena.ts", /rtp comes after ffi/],
    ["ffi/udp.ts", "src/within.ts", /ffi may not import/],
    ["src/errors.ts", "src/cli/exit_codes.ts", /is shared/],
    ["src/stream/stream.ts", "src/mod.ts", /stream may not import/],
    ["src/contract/label.ts", "src/contract/message.ts", /A cycle: .*label/],
  ] as const
) {
  Deno.test(`layeringViolations() finds the import of ${to} in ${from}`, () => {
    const wrong = new Map(imports);
    wrong.set(from, [...imports.get(from) ?? [], to]);
    assert.match(layeringViolations(wrong).join("\n"), violation);
  });
}
