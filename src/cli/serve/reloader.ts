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

/** Reads a configuration, and calls back with the path of each file before it is read. */
export type ReadConfiguration = (onFile?: (path: string) => void) => Promise<FleetConfiguration>;

/** Applies a configuration file to a fleet, and applies it again on reload. An invalid file changes nothing. */
export class Reloader implements Served {
  readonly #fleet: Fleet;
  readonly #read: ReadConfiguration;
  #configuration: FleetConfiguration;
  #loadedAt = new Date();
  #problem: string | undefined;
  readonly #onReload = new Set<() => void>();
  #tried: string[] = [];
  #readAtMs = Date.now();
  /** Resolves when the pending reloads are done. */
  #reloading: Promise<unknown> = Promise.resolve();

  /**
   * @param read Reads the file. It reports each file that it tries to read.
   * @param configuration Contents of the file.
   */
  constructor(
    fleet: Fleet,
    read: ReadConfiguration,
    configuration: FleetConfiguration,
  ) {
    this.#fleet = fleet;
    this.#read = read;
    this.#configuration = configuration;
  }

  /** Paths of the files that the configuration comes from, and of those that the latest reload tried to read. */
  get paths(): readonly string[] {
    return [...new Set([...this.#configuration.paths, ...this.#tried])];
  }

  /** When the latest reload began to read, as Unix time in milliseconds. */
  get readAtMs(): number {
    return this.#readAtMs;
  }

  /** Starts the streams. */
  async start(): Promise<void> {
    await this.#fleet.apply(this.#configuration.streams.map(planOf));
  }

  /** Calls back after each reload, until disposed. */
  onReload(listener: () => void): Disposable {
    this.#onReload.add(listener);
    return { [Symbol.dispose]: () => this.#onReload.delete(listener) };
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

  /** Whether the RTP packets of a stream carry the capture time. */
  sendsTime(name: string): boolean {
    const { streams } = this.#configuration;
    return streams.find((stream) => stream.name === name)?.configuration.rtpTimeExtension === true;
  }

  reload(): Promise<ReloadOutcome> {
    const reloading = this.#reloading.then(() => this.#reload());
    this.#reloading = reloading.catch(() => {});
    return reloading;
  }

  async #reload(): Promise<ReloadOutcome> {
    try {
      return await this.#readAndApply();
    } finally {
      for (const listener of this.#onReload) listener();
    }
  }

  async #readAndApply(): Promise<ReloadOutcome> {
    let configuration: FleetConfiguration;
    this.#tried = [];
    this.#readAtMs = Date.now();
    try {
      configuration = await this.#read((path) => this.#tried.push(path));
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
    const { http, rtsp, log } = this.#configuration;
    this.#configuration = { ...configuration, http, rtsp, log };
    this.#loadedAt = new Date();
    this.#problem = undefined;
    const change: FleetChange = await this.#fleet.apply(configuration.streams.map(planOf));
    return { change: { ...change, needsRestart } };
  }

  /** Returns the settings that a reload cannot change. */
  #needsRestart(next: FleetConfiguration): string[] {
    const settings = {
      http: "[http]",
      rtsp: "[rtsp]",
      log: "log-level and log-format",
    } as const;
    return (["http", "rtsp", "log"] as const)
      .filter((key) => JSON.stringify(next[key]) !== JSON.stringify(this.#configuration[key]))
      .map((key) => settings[key]);
  }
}
