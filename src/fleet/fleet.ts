import { getLogger } from "@logtape/logtape";
import { FleetMember, type MemberReport } from "./member.ts";
import type { StreamPlan } from "./plan.ts";

const logger = getLogger(["cvmmap", "fleet"]);

/** What a new configuration has changed. */
export interface FleetChange {
  /** Names of streams that are new. */
  readonly added: readonly string[];
  /** Of those that were made anew, since their settings differ. */
  readonly changed: readonly string[];
  /** Of those that have been ended. */
  readonly removed: readonly string[];
  /** Of those that run on untouched. */
  readonly kept: readonly string[];
}

/**
 * Many streams in one process, made, changed and ended by a configuration. What happens to one leaves the others
 * alone: one that fails is made anew, with a growing wait.
 */
export class Fleet implements AsyncDisposable {
  readonly #members = new Map<string, FleetMember>();
  readonly #waiting = new Set<() => void>();
  /** Configurations are applied one after the other. */
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

  /** How all streams are. */
  reports(): MemberReport[] {
    return [...this.#members.values()].map((member) => member.report());
  }

  /**
   * Makes the fleet what a configuration says. Streams whose settings are the same run on; all others are changed at
   * once, side by side.
   *
   * @param plans All streams, with unique names.
   */
  apply(plans: readonly StreamPlan[]): Promise<FleetChange> {
    const applying = this.#applying.then(() => this.#apply(plans));
    this.#applying = applying.catch(() => {});
    return applying;
  }

  /** Resolves when no stream is starting: each listens, has failed, or is not to run. */
  async settled(): Promise<void> {
    await this.#until((members) => members.every(({ state }) => state !== "starting"));
  }

  /** Resolves when all streams that are enabled have ended by themselves. One that was stopped can be started again. */
  async ended(): Promise<void> {
    await this.#until((members) => {
      const enabled = members.filter(({ plan }) => plan.enabled);
      return enabled.length > 0 && enabled.every(({ state }) => state === "ended");
    });
  }

  /** Ends all streams in good order. */
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
    // A segment, a port or a server's key cannot be taken by the new one before the old one has left it.
    await Promise.all(leaving.map((member) => member?.retire()));
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
