import assert from "node:assert/strict";
import { hostOf, KeyFrameLimits } from "./host_limits.ts";

for (
  const [address, host] of [
    ["192.0.2.7", "192.0.2.7"],
    ["::1", "0:0:0:0"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
    ["2001:db8::9", "2001:db8:0:0"],
    ["fe80::1%eth0", "fe80:0:0:0"],
    ["2001:db8:1:2::", "2001:db8:1:2"],
  ] as const
) {
  Deno.test(`the host of ${address} is ${host}`, () => assert.equal(hostOf(address), host));
}

Deno.test("a host causes 32 key frames at once, and then one a second", () => {
  const limits = new KeyFrameLimits();
  const taken = Array.from({ length: 40 }, () => limits.take("a", 5000));
  assert.equal(taken.filter((isTaken) => isTaken).length, 32);
  assert.ok(limits.take("b", 5000));
  assert.ok(limits.take("a", 6001));
  assert.ok(!limits.take("a", 6002));
});
