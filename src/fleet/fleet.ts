import { getLogger } from "@logtape/logtape";
import { within } from "../within.ts";
import { FleetMember, type MemberReport } from "./member.ts";
import type { StreamPlan } from "./plan.ts";

const logger = getLogger(["cvmmap", "fleet"]);

/** How long the new streams wait for changed and removed ones to end. */
const LEAVE_MS = 5000;

/** Differences between two configurations. */
export interface FleetChange {
  /** Names of the new streams. */
  readonly added: readonly string[];
  /** Names of the streams with changed settings, which were recreated. */
  readonly changed: readonly string[];
  /** Names of the streams that were ended. */
  readonly removed: readonly string[];
  /** Names of the streams that continue unchanged. */
  readonly kept: readonly string[];
}

/**
 * Runs many streams in one process, as a configuration describes them. Streams do not affect each other: one that
 * fails is recreated after a wait that grows.
 */
export class Fleet implements AsyncDisposable {
  readonly #members = new Map<string, FleetMember>();
  readonly #waiting = new Set<() => void>();
  /** Resolves when the pending configurations are applied. */
  #applying: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  /** Names of the streams, in the order of the configuration. */
  get names(): readonly string[] {
    return [...this.#members.keys()];
  }

  /** The stream with this name, if there is one. */
  member(name: string): FleetMember | undefined {
    return this.#members.get(name);
  }

  /** Returns the state of all streams. */
  reports(): MemberReport[] {
    return [...this.#members.values()].map((member) => member.report());
  }

  /**
   * Applies a configuration. Streams with unchanged settings continue. All others are changed at the same time.
   *
   * @param plans All streams, with unique names.
   */
  apply(plans: readonly StreamPlan[]): Promise<FleetChange> {
    const applying = this.#applying.then(() => this.#apply(plans));
    this.#applying = applying.catch(() => {});
    return applying;
  }

  /** Resolves when no stream is starting: each listens, has failed, or is stopped. */
  async settled(): Promise<void> {
    await this.#until((members) => members.every(({ state }) => state !== "starting"));
  }

  /** Resolves when all enabled streams have ended by themselves. A stopped stream does not count: it can be started again. */
  async ended(): Promise<void> {
    await this.#until((members) => {
      const enabled = members.filter(({ plan }) => plan.enabled);
      return enabled.length > 0 && enabled.every(({ state }) => state === "ended");
    });
  }

  /** Ends all streams gracefully. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    await this.#applying;
    await Promise.all([...this.#members.values()].map((member) => member.retire()));
    this.#wake();
  }

  async #apply(plans: readonly StreamPlan[]): Promise<FleetChange> {
    const change = this.#compare(plans);
    const leaving = [...change.changed, ...change.removed].map((name) => this.#members.get(name));
    const members = plans.map((plan) => {
      const before = this.#members.get(plan.name);
      return before !== undefined && change.kept.includes(plan.name)
        ? before
        : new FleetMember(plan, () => this.#wake());
    });
    // A new stream may need the port or the key of an old one. The limit keeps a stream that hangs from delaying the others.
    const left = Promise.all(leaving.map((member) => member?.retire()));
    if (!await within(LEAVE_MS, left)) {
      logger.error("A changed or removed stream has not ended within {limitMs} ms", {
        limitMs: LEAVE_MS,
      });
    }
    this.#members.clear();
    for (const member of members) this.#members.set(member.plan.name, member);
    if (this.#isClosed) return change;
    for (const member of members) {
      if (!change.kept.includes(member.plan.name) && member.plan.enabled) member.start();
    }
    this.#wake();
    logger.info("Streams added: {added}; changed: {changed}; removed: {removed}; kept: {kept}", {
      added: named(change.added),
      changed: named(change.changed),
      removed: named(change.removed),
      kept: named(change.kept),
    });
    return change;
  }

  #compare(plans: readonly StreamPlan[]): FleetChange {
    const fingerprints = new Map(plans.map(({ name, fingerprint }) => [name, fingerprint]));
    const known = [...this.#members.values()].map(({ plan }) => plan);
    const isSame = ({ name, fingerprint }: StreamPlan): boolean =>
      fingerprints.get(name) === fingerprint;
    const names = (some: readonly StreamPlan[]): string[] => some.map(({ name }) => name);
    return {
      added: names(plans.filter(({ name }) => !this.#members.has(name))),
      changed: names(known.filter((plan) => fingerprints.has(plan.name) && !isSame(plan))),
      removed: names(known.filter(({ name }) => !fingerprints.has(name))),
      kept: names(known.filter(isSame)),
    };
  }

  async #until(isSo: (members: readonly FleetMember[]) => boolean): Promise<void> {
    while (!this.#isClosed && !isSo([...this.#members.values()])) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.add(resolve);
      await promise;
    }
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}

function named(names: readonly string[]): string {
  return names.length === 0 ? "none" : names.join(", ");
}
