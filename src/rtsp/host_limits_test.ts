import assert from "node:assert/strict";
import { hostOf, KeyFrameLimits, type LimitedConnection, refusal } from "./host_limits.ts";

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

/** Connects clients as long as they are not refused, and returns all connections. */
function connected(addresses: readonly string[], isAdmitted = false): LimitedConnection[] {
  const connections: LimitedConnection[] = [];
  for (const address of addresses) {
    if (refusal(connections, address) !== undefined) continue;
    const connection = {
      address,
      isAdmitted,
      isClosed: false,
      close: () => void (connection.isClosed = true),
    };
    connections.push(connection);
  }
  return connections;
}

const open = (connections: readonly LimitedConnection[]): number =>
  connections.filter(({ isClosed }) => !isClosed).length;
const hosts = Array.from({ length: 200 }, (_, i) => `192.0.2.${i}`);

Deno.test("128 connections are open, 40 of one host", () => {
  const same = Array<string>(200).fill("192.0.2.1");
  for (const isAdmitted of [false, true]) {
    assert.equal(open(connected(same, isAdmitted)), 40);
    assert.equal(open(connected(hosts, isAdmitted)), 128);
  }
});

Deno.test("the oldest connections that may not watch make room, each once", () => {
  const all = connected(hosts);
  assert.equal(all.length, 200);
  assert.deepEqual(all.map(({ isClosed }) => isClosed), hosts.map((_, i) => i < 72));
});

Deno.test("connections that may watch make no room", () => {
  const watching = connected(hosts, true);
  assert.equal(refusal(watching, "192.0.2.250"), "128 are open");
  const own = connected(Array<string>(40).fill("192.0.2.1"), true);
  assert.equal(refusal(own, "192.0.2.1"), "40 of this host are open");
  assert.equal(refusal(own, "192.0.2.2"), undefined);
});

Deno.test("a host causes 32 key frames at once, and then one a second", () => {
  const limits = new KeyFrameLimits();
  const taken = Array.from({ length: 40 }, () => limits.take("a", 5000));
  assert.equal(taken.filter((isTaken) => isTaken).length, 32);
  assert.ok(limits.take("b", 5000));
  assert.ok(limits.take("a", 6001));
  assert.ok(!limits.take("a", 6002));
});
