import assert from "node:assert/strict";
import { StreamerError } from "../errors.ts";
import { formatEndpoint, isMulticast, parseEndpoint, resolveEndpoint } from "./endpoint.ts";

for (
  const [text, host, port] of [
    ["127.0.0.1:5004", "127.0.0.1", 5004],
    ["localhost:1", "localhost", 1],
    ["camera-1.example.org:65534", "camera-1.example.org", 65534],
    ["[::1]:5004", "::1", 5004],
    ["[fe80::1%eth0]:5004", "fe80::1%eth0", 5004],
  ] as const
) {
  Deno.test(`parseEndpoint reads ${text}, and formatEndpoint writes it`, () => {
    assert.deepEqual(parseEndpoint(text), { host, port });
    assert.equal(formatEndpoint({ host, port }), text);
  });
}

const refused = [
  "",
  "localhost",
  "localhost:",
  ":5004",
  "::1:5004",
  "[::1]",
  "[::1:5004",
  "a b:5004",
  "localhost:0",
  "localhost:65535",
  "localhost:99999",
  "localhost:5e3",
  "localhost:-1",
  "[localhost]:5004",
  "[]:5004",
  "256.1.1.1:5004",
  "1.2.3:5004",
  "-x:5004",
];
for (const text of refused) {
  Deno.test(`parseEndpoint refuses "${text}"`, () => {
    assert.throws(
      () => parseEndpoint(text),
      (error) => error instanceof StreamerError && error.code === "invalid_rtp_endpoint",
    );
  });
}

Deno.test("resolveEndpoint keeps literal addresses and looks up names", async () => {
  assert.deepEqual(await resolveEndpoint({ host: "::1", port: 9 }), {
    address: "::1",
    family: 6,
    port: 9,
  });
  const { address, family } = await resolveEndpoint({ host: "localhost", port: 9 });
  assert.equal(address, family === 4 ? "127.0.0.1" : "::1");
});

Deno.test("resolveEndpoint accepts multicast groups, and refuses the broadcast address", async () => {
  for (const host of ["224.0.0.1", "239.255.255.255", "ff02::1"]) {
    assert.equal((await resolveEndpoint({ host, port: 9 })).address, host);
    assert.ok(isMulticast(host));
  }
  for (const host of ["223.255.255.255", "240.0.0.1", "fe80::1", "ff::1"]) {
    assert.ok(!isMulticast(host));
  }
  await assert.rejects(
    resolveEndpoint({ host: "255.255.255.255", port: 9 }),
    /broadcast address 255\.255\.255\.255: expected the address of one receiver or multicast group/,
  );
});

Deno.test("resolveEndpoint names the host that has no address", async () => {
  await assert.rejects(
    resolveEndpoint({ host: "nowhere.invalid", port: 9 }),
    (error) => error instanceof StreamerError && /"nowhere.invalid"/.test(error.message),
  );
});
