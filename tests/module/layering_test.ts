import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import denoJson from "../../deno.json" with { type: "json" };
import { layeringFlaws, readImports, ROOMS } from "./_layering.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

const entries: string[] = Object.values(denoJson.exports).map((path) => path.slice("./".length));
const imports = readImports(entries, (path) => Deno.readTextFileSync(`${ROOT}${path}`));

Deno.test("every import goes with the flow, and none in a circle", () => {
  assert.deepEqual(layeringFlaws(imports), []);
});

Deno.test("every room is there, and imports are found", () => {
  for (const room of ROOMS) {
    const path = room === "ffi" ? "ffi/" : `src/${room}/`;
    assert.ok([...imports.keys()].some((file) => file.startsWith(path)), room);
  }
});

for (
  const [from, to, flaw] of [
    ["src/ingest/ingest.ts", "src/stream/stream.ts", /stream comes after ingest/],
    ["src/rtp/sdp.ts", "src/rtmp/url.ts", /they are apart/],
    ["src/bitstream/codec.ts", "ffi/library.ts", /bitstream is pure/],
    ["ffi/udp.ts", "src/rtp/packet_arena.ts", /rtp comes after ffi/],
    ["ffi/udp.ts", "src/within.ts", /ffi does not know/],
    ["src/errors.ts", "src/cli/exit_codes.ts", /common ground/],
    ["src/stream/stream.ts", "src/mod.ts", /stream does not know/],
    ["src/contract/label.ts", "src/contract/message.ts", /A circle: .*label/],
  ] as const
) {
  Deno.test(`an import turned round is found: ${from} of ${to}`, () => {
    const wrong = new Map(imports);
    wrong.set(from, [...imports.get(from) ?? [], to]);
    assert.match(layeringFlaws(wrong).join("\n"), flaw);
  });
}
