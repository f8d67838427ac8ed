import { freeTcpPort } from "../_harness/tcp_ports.ts";
import { type Measurement, run } from "./_run.ts";
import { type CommandLine, PICTURES, type Subject, type Wiring } from "./_subject.ts";

/** Options of {@linkcode isolationRun}. */
export interface IsolationOptions {
  /** Path of the program `latency_meter`. */
  readonly meter: string;
  /** Returns the command line of the product. */
  readonly product: (args: readonly string[]) => CommandLine;
  /** Returns the command line of a helper: `hostile SHM_NAME ZMQ_ENDPOINT` or `rtmp PORT`. */
  readonly helper: (args: readonly string[]) => CommandLine;
  /** Measured frames, at 30 fps. */
  readonly frames: number;
  /** How often a producer is killed; 0: nothing is disturbed. */
  readonly kills: number;
  /** Where the product's log goes. */
  readonly output: "null" | "inherit";
}

const [PICTURE] = PICTURES;
const WARM_UP_FRAMES = 60;
const FPS = 30;

/**
 * Runs `serve` with four streams, and measures one of them. The others have a producer that is killed again and again,
 * a hostile producer, and a server that stalls and then dies; without kills, they have cameras and a server like any
 * other.
 */
export async function isolationRun(options: IsolationOptions): Promise<Measurement> {
  await using others = new OtherStreams(options);
  const { meter, frames, output } = options;
  const measured = { meter, frames, warmUpFrames: WARM_UP_FRAMES, abi: "v2", phase: 0, output };
  return await run(others.subject, PICTURE!, measured);
}

/** The three streams that are not measured. */
class OtherStreams implements AsyncDisposable {
  readonly #options: IsolationOptions;
  readonly #directory = Deno.makeTempDirSync({ prefix: "cvmmap_bench_" });
  readonly #names = ["killed", "other", "stalled"].map((name) => `${name}_${crypto.randomUUID()}`);
  readonly #processes = new Map<string, Deno.ChildProcess>();
  readonly #rtmpPort = freeTcpPort();
  readonly #timers: ReturnType<typeof setInterval>[] = [];

  constructor(options: IsolationOptions) {
    this.#options = options;
  }

  get subject(): Subject {
    return { name: "serve", command: (_picture, wiring) => this.#command(wiring) };
  }

  #command(wiring: Wiring): CommandLine {
    const { product, helper, kills, frames } = this.#options;
    const path = `${this.#directory}/rig.toml`;
    Deno.writeTextFileSync(path, this.#configuration(wiring));
    const [killed = "", other = "", stalled = ""] = this.#names;
    this.#spawn("rtmp", helper(["rtmp", `${this.#rtmpPort}`]));
    this.#spawn(killed, this.#camera(killed));
    this.#spawn(stalled, this.#camera(stalled));
    if (kills === 0) {
      this.#spawn(other, this.#camera(other));
      return product(["serve", path]);
    }
    this.#spawn(other, helper(["hostile", other, this.#endpoint(other)]));
    const ms = (frames + WARM_UP_FRAMES) / FPS * 1000;
    this.#timers.push(
      setInterval(() => {
        this.#kill(killed, "SIGKILL");
        removeIfExists(`/dev/shm/${killed}`);
        this.#spawn(killed, this.#camera(killed));
      }, ms / (kills + 1)),
      setTimeout(() => this.#kill("rtmp", "SIGSTOP"), ms / 3),
      setTimeout(() => this.#kill("rtmp", "SIGKILL"), ms * 2 / 3),
    );
    return product(["serve", path]);
  }

  #configuration({ shmName, zmqEndpoint, port }: Wiring): string {
    const [killed = "", other = "", stalled = ""] = this.#names;
    const source = (name: string): string =>
      `shm-name = "${name}"\nzmq-endpoint = "${this.#endpoint(name)}"`;
    return `[defaults]
codec = "h264"
encoder = "software"
[streams.measured]
shm-name = "${shmName}"
zmq-endpoint = "${zmqEndpoint}"
rtp = true
rtp-endpoint = "127.0.0.1:${port}"
[streams.killed]
${source(killed)}
rtp = true
rtp-endpoint = "127.0.0.1:9"
[streams.other]
${source(other)}
rtp = true
rtp-endpoint = "127.0.0.1:19"
[streams.stalled]
${source(stalled)}
rtmp = true
rtmp-url = "rtmp://127.0.0.1:${this.#rtmpPort}/live/key"
rtmp-timeout-ms = 1000
`;
  }

  /** Command line of a camera. Its own measurements are not used. */
  #camera(name: string): CommandLine {
    const { width, height } = PICTURE!;
    const numbers = [width, height, FPS, 1_000_000, 0].map(String);
    const args = [name, this.#endpoint(name), ...numbers, "v2", "0.5"];
    return { path: this.#options.meter, args };
  }

  #endpoint(name: string): string {
    return `ipc://${this.#directory}/${name}`;
  }

  #spawn(name: string, { path, args }: CommandLine): void {
    const quiet = { stdin: "null", stdout: "null", stderr: "null" } as const;
    this.#processes.set(name, new Deno.Command(path, { args, ...quiet }).spawn());
  }

  #kill(name: string, signal: Deno.Signal): void {
    try {
      this.#processes.get(name)?.kill(signal);
    } catch {
      // It has ended.
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    for (const name of this.#processes.keys()) this.#kill(name, "SIGKILL");
    await Promise.all([...this.#processes.values()].map(({ status }) => status));
    for (const name of this.#names) removeIfExists(`/dev/shm/${name}`);
    Deno.removeSync(this.#directory, { recursive: true });
  }
}

function removeIfExists(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
