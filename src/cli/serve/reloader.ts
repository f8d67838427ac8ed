import { getLogger } from "@logtape/logtape";
import type { FleetConfiguration } from "../../config/file/fleet_configuration.ts";
import { StreamerError } from "../../errors.ts";
import type { Fleet, FleetChange } from "../../fleet/fleet.ts";
import type { MemberReport } from "../../fleet/member.ts";
import type {
  ConfigurationReport,
  ReloadOutcome,
  Served,
  ServedStream,
} from "../../http/served.ts";
import { planOf } from "./plans.ts";

const logger = getLogger(["cvmmap", "cli"]);

/** Applies a configuration file to a fleet, and applies it again on reload. An invalid file changes nothing. */
export class Reloader implements Served {
  readonly #fleet: Fleet;
  readonly #read: () => Promise<FleetConfiguration>;
  #configuration: FleetConfiguration;
  #loadedAt = new Date();
  #problem: string | undefined;
  readonly #onLoaded = new Set<() => void>();
  /** Resolves when the pending reloads are done. */
  #reloading: Promise<unknown> = Promise.resolve();

  /**
   * @param read Reads the file.
   * @param configuration Contents of the file.
   */
  constructor(
    fleet: Fleet,
    read: () => Promise<FleetConfiguration>,
    configuration: FleetConfiguration,
  ) {
    this.#fleet = fleet;
    this.#read = read;
    this.#configuration = configuration;
  }

  /** Paths of the files that the configuration comes from. */
  get paths(): readonly string[] {
    return this.#configuration.paths;
  }

  /** Starts the streams. */
  async start(): Promise<void> {
    await this.#fleet.apply(this.#configuration.streams.map(planOf));
  }

  /** Calls back after each successful reload, until disposed. */
  onLoaded(listener: () => void): Disposable {
    this.#onLoaded.add(listener);
    return { [Symbol.dispose]: () => this.#onLoaded.delete(listener) };
  }

  reports(): readonly MemberReport[] {
    return this.#fleet.reports();
  }

  stream(name: string): ServedStream | undefined {
    return this.#fleet.member(name);
  }

  configuration(): ConfigurationReport {
    const { streams, paths } = this.#configuration;
    return {
      files: paths,
      loadedAt: this.#loadedAt.toISOString(),
      problem: this.#problem,
      streams: Object.fromEntries(streams.map(({ name, settings }) => [name, settings])),
    };
  }

  reload(): Promise<ReloadOutcome> {
    const reloading = this.#reloading.then(() => this.#reload());
    this.#reloading = reloading.catch(() => {});
    return reloading;
  }

  async #reload(): Promise<ReloadOutcome> {
    let configuration: FleetConfiguration;
    try {
      configuration = await this.#read();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const isKnown = error instanceof StreamerError;
      const problem = this.#problem = isKnown ? reason : `Unexpected error: ${reason}`;
      logger.error("The configuration was not reloaded: {problem}", { problem });
      return { problem };
    }
    const needsRestart = this.#needsRestart(configuration);
    if (needsRestart.length > 0) {
      logger.warn("Changes of {settings} take effect at the next start of the program", {
        settings: needsRestart.join(", "),
      });
    }
    const { http, log } = this.#configuration;
    this.#configuration = { ...configuration, http, log };
    this.#loadedAt = new Date();
    this.#problem = undefined;
    const change: FleetChange = await this.#fleet.apply(configuration.streams.map(planOf));
    for (const listener of this.#onLoaded) listener();
    return { change: { ...change, needsRestart } };
  }

  /** Returns the settings that a reload cannot change. */
  #needsRestart(next: FleetConfiguration): string[] {
    const settings = { http: "[http]", log: "log-level and log-format" } as const;
    return (["http", "log"] as const)
      .filter((key) => JSON.stringify(next[key]) !== JSON.stringify(this.#configuration[key]))
      .map((key) => settings[key]);
  }
}
