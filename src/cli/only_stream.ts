import { type GivenFlags, readFlags } from "../config/read_flags.ts";
import { STREAM_KEYS } from "../config/file/schema.ts";
import { maskedSettings } from "../config/file/masked_settings.ts";
import type { StreamConfiguration } from "../config/stream.ts";
import type { MemberReport } from "../fleet/member.ts";
import type { ConfigurationReport, Served, ServedStream } from "../http/served.ts";
import type { Stream } from "../stream/stream.ts";

/** What the HTTP server shows of the only stream of a process. */
export class OnlyStream implements Served {
  readonly #name: string;
  readonly #stream: Stream;
  readonly #settings: Readonly<Record<string, unknown>>;
  readonly #startedAt = new Date();
  #isListening = false;

  constructor(stream: Stream, configuration: StreamConfiguration, given: GivenFlags) {
    this.#stream = stream;
    this.#name = nameOf(configuration, given);
    const own = STREAM_KEYS.filter(({ name }) => given.has(name));
    const values = readFlags(own, new Map(own.map(({ name }) => [name, given.get(name)!])));
    this.#settings = maskedSettings(values);
    stream.listening.then((isListening) => this.#isListening = isListening);
  }

  reports(): readonly MemberReport[] {
    return [this.#report()];
  }

  stream(name: string): ServedStream | undefined {
    if (name !== this.#name) return undefined;
    return {
      control: undefined,
      report: () => this.#report(),
      latencyStages: () => this.#stream.latencyStages(),
      requestKeyFrame: () => {
        if (this.#isListening) this.#stream.requestKeyFrame();
        return this.#isListening;
      },
      addSink: (sink) => {
        if (this.#isListening) this.#stream.add(sink);
        return this.#isListening;
      },
      snapshot: async () => this.#isListening ? await this.#stream.snapshot() : undefined,
      removeSink: (sink) => this.#stream.remove(sink),
    };
  }

  configuration(): ConfigurationReport {
    return {
      files: [],
      loadedAt: this.#startedAt.toISOString(),
      problem: undefined,
      streams: { [this.#name]: this.#settings },
    };
  }

  /** Nothing can be reloaded without a file. */
  reload(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  #report(): MemberReport {
    return {
      name: this.#name,
      isEnabled: true,
      state: this.#isListening ? "listening" : "starting",
      reason: this.#isListening ? undefined : "it is starting",
      restarts: 0,
      lastFailure: undefined,
      settings: this.#settings,
      statistics: this.#stream.statistics(),
    };
  }
}

/** Returns the name of the producer, or of the simulated camera. */
function nameOf({ stream, dummy }: StreamConfiguration, given: GivenFlags): string {
  const hasSource = given.has("target") || given.has("shm-name");
  if (dummy !== undefined && !hasSource) return dummy.label ?? "dummy";
  return stream.source.shmName.replace(/^cvmmap_/, "");
}
