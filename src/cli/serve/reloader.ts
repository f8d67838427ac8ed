import { getLogger } from "@logtape/logtape";
import type { FleetConfiguration } from "../../config/file/fleet_configuration.ts";
import { StreamerError } from "../../errors.ts";
import type { FleetChange } from "../../fleet/fleet.ts";
import type { Fleet } from "../../fleet/fleet.ts";
import type { MemberReport } from "../../fleet/member.ts";
import type {
  ConfigurationReport,
  ReloadOutcome,
  Served,
  ServedStream,
} from "../../http/served.ts";
import { planOf } from "./plans.ts";

const logger = getLogger(["cvmmap", "cli"]);

/** Makes a fleet what its configuration file says, again and again; a file with a mistake changes nothing. */
export class Reloader implements Served {
  readonly #fleet: Fleet;
  readonly #read: () => Promise<FleetConfiguration>;
  #configuration: FleetConfiguration;
  #loadedAt = new Date();
  #problem: string | undefined;
  /** One reload after the other. */
  #reloading: Promise<unknown> = Promise.resolve();

  /**
   * @param read Reads the file.
   * @param configuration What it says now.
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

  /** Files whose change may change the configuration. */
  get paths(): readonly string[] {
    return this.#configuration.paths;
  }

  /** Starts the streams. */
  async start(): Promise<void> {
    await this.#fleet.apply(this.#configuration.streams.map(planOf));
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
    this.#configuration = configuration;
    this.#loadedAt = new Date();
    this.#problem = undefined;
    const change: FleetChange = await this.#fleet.apply(configuration.streams.map(planOf));
    return { change };
  }
}
