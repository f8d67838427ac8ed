import assert from "node:assert/strict";
import { ConfigurationError } from "../errors.ts";
import { Backoff } from "../backoff.ts";
import { FakePlan, nextTurn } from "./_testing.ts";
import { Fleet } from "./fleet.ts";
import { FleetMember } from "./member.ts";

/** Tries again at once. */
const SOON = new Backoff({ firstMs: 0, longestMs: 0 });

Deno.test("a fleet starts what is enabled, and keeps what a new configuration does not change", async () => {
  await using fleet = new Fleet();
  const [front, rear, spare] = [
    new FakePlan("front"),
    new FakePlan("rear"),
    new FakePlan("spare", "", false),
  ];
  await fleet.apply([front, rear, spare]);
  const [kept, replaced] = [await front.stream(0), await rear.stream(0)];
  assert.equal(spare.made.length, 0);

  const changed = new FakePlan("rear", "other");
  const change = await fleet.apply([new FakePlan("front"), changed, new FakePlan("new")]);
  assert.deepEqual(change, {
    added: ["new"],
    changed: ["rear"],
    removed: ["spare"],
    kept: ["front"],
  });
  await changed.stream(0);
  assert.ok(replaced.isDisposed && !kept.isDisposed);
  assert.equal(front.made.length, 1);
  assert.deepEqual(fleet.names, ["front", "rear", "new"]);
});

Deno.test("a stream that was stopped stays stopped when the configuration says the same again", async () => {
  await using fleet = new Fleet();
  const plan = new FakePlan("front");
  await fleet.apply([plan]);
  await plan.stream(0);
  await fleet.member("front")?.stop();
  await fleet.apply([plan]);
  assert.equal(fleet.member("front")?.state, "stopped");
  assert.equal(plan.made.length, 1);
});

Deno.test("a fleet has ended when all that is enabled has ended by itself", async () => {
  await using fleet = new Fleet();
  const [one, two] = [new FakePlan("one"), new FakePlan("two")];
  await fleet.apply([one, two, new FakePlan("off", "", false)]);
  let hasEnded = false;
  const ended = fleet.ended().then(() => hasEnded = true);
  (await one.stream(0)).end();
  await nextTurn();
  assert.ok(!hasEnded);
  (await two.stream(0)).end();
  await ended;
});

Deno.test("a stream that fails is made anew, and says why meanwhile", async () => {
  const plan = new FakePlan("front");
  await using member = new FleetMember(plan, () => {}, SOON);
  member.start();
  (await plan.stream(0)).fail(new ConfigurationError("no such encoder"));
  const second = await plan.stream(1);
  assert.equal(member.report().restarts, 1);
  assert.equal(member.report().lastFailure?.code, "invalid_configuration");
  second.fail(new TypeError("a bug\nwith more"));
  const third = await plan.stream(2);
  assert.equal(member.report().lastFailure?.message, "Unexpected error: a bug");
  assert.equal(member.report().lastFailure?.code, "unexpected");
  third.listen();
  await nextTurn();
  assert.equal(member.state, "listening");
  assert.equal(member.report().reason, undefined);
  assert.ok(plan.made[0]?.isDisposed && plan.made[1]?.isDisposed);
});

Deno.test("a stream can be stopped while it waits to be tried again, and started at once", async () => {
  const plan = new FakePlan("front");
  await using member = new FleetMember(
    plan,
    () => {},
    new Backoff({ firstMs: 100_000, longestMs: 100_000 }),
  );
  member.start();
  (await plan.stream(0)).fail(new ConfigurationError("no"));
  while (member.state !== "retrying") await nextTurn();
  assert.match(member.report().reason ?? "", /^no; trying again$/);
  await member.stop();
  assert.equal(member.state, "stopped");
  member.start();
  await plan.stream(1);
});

Deno.test("a key frame is asked for where a stream listens, and only there", async () => {
  const plan = new FakePlan("front");
  await using member = new FleetMember(plan, () => {});
  assert.equal(member.requestKeyFrame(), false);
  member.start();
  const stream = await plan.stream(0);
  assert.equal(member.requestKeyFrame(), false);
  stream.listen();
  await nextTurn();
  assert.equal(member.requestKeyFrame(), true);
  assert.equal(stream.keyFrameRequests, 1);
});

Deno.test("a stream that is replaced while it restarts does not come back", async () => {
  await using fleet = new Fleet();
  const before = new FakePlan("front");
  await fleet.apply([before]);
  await before.stream(0);
  const member = fleet.member("front");
  assert.ok(member);
  const restarting = member.restart();
  const after = new FakePlan("front", "other");
  await fleet.apply([after]);
  await restarting;
  member.start();
  await after.stream(0);
  await nextTurn();
  assert.equal(member.state, "stopped");
  assert.equal(before.made.length, 1);
});

Deno.test("of a stop and a start, the newest counts", async () => {
  const plan = new FakePlan("front");
  await using member = new FleetMember(plan, () => {});
  member.start();
  await plan.stream(0);
  const stopping = member.stop();
  member.start();
  await stopping;
  await plan.stream(1);
  assert.equal(member.state, "starting");
  const restarting = member.restart();
  await member.stop();
  await restarting;
  assert.equal(member.state, "stopped");
  assert.equal(plan.made.length, 2);
});
