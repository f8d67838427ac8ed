import { Child } from "../_harness/child.ts";
import { freeUdpPorts } from "../_harness/udp_ports.ts";
import { Workspace } from "../_harness/workspace.ts";
import type { ProcessRecord } from "./case_result.ts";
import type { Figure } from "./figure.ts";
import { freeTcpPort } from "./free_tcp_port.ts";
import { writeAtomically } from "./atomic_file.ts";
import type { ProductUnderTest } from "./tested_product.ts";

/** What a room is made of. */
export interface CaseRoomOptions {
  /** Where its evidence goes; it exists. */
  readonly folder: string;
  /** What `product` starts. */
  readonly product: ProductUnderTest;
  /** Aborted at the time limit, or when the suite is interrupted. */
  readonly signal: AbortSignal;
  /** Is told when a process began or ended, or a figure was noted. */
  readonly onChange?: () => void;
}

/** How to start a process. */
export interface ProcessOptions {
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Where one case lives: a folder of evidence, free names, its processes, its time limit. When it is
 * disposed its processes, segment and socket are gone; the folder stays.
 */
export class CaseRoom implements AsyncDisposable {
  /** Evidence of this case. */
  readonly folder: string;
  /** Name of a shared memory segment that nobody else uses. */
  readonly shmName: string;
  /** A ZeroMQ endpoint that nobody else uses. */
  readonly zmqEndpoint: string;
  /** Aborted at the time limit, or when the suite is interrupted. */
  readonly signal: AbortSignal;
  readonly #product: ProductUnderTest;
  readonly #onChange: () => void;
  readonly #workspace = new Workspace();
  readonly #children: Child[] = [];
  readonly #processes: ProcessRecord[] = [];
  readonly #figures = new Map<string, Figure>();

  /** Takes names for a case. */
  constructor({ folder, product, signal, onChange = () => {} }: CaseRoomOptions) {
    this.folder = folder;
    this.signal = signal;
    this.#product = product;
    this.#onChange = onChange;
    this.shmName = this.#workspace.shmName;
    this.zmqEndpoint = this.#workspace.zmqEndpoint;
  }

  /** What was started so far. */
  get processes(): readonly ProcessRecord[] {
    return [...this.#processes];
  }

  /** What was noted so far. */
  get figures(): readonly Figure[] {
    return [...this.#figures.values()];
  }

  /** A file in the folder: an SDP, a tester's JSON. */
  path(name: string): string {
    return `${this.folder}/${name}`;
  }

  /** An even UDP port that is free, as the next one is. */
  udpPort(): Promise<number> {
    return Promise.resolve(freeUdpPorts());
  }

  /** A TCP port of 127.0.0.1 that is free. */
  tcpPort(): number {
    return freeTcpPort();
  }

  /**
   * Starts the product under test. What it writes, its command line and its exit code go to the
   * evidence.
   *
   * @param name Unique within the case: `streamer`, `simulator-2`.
   */
  product(name: string, args: readonly string[], options: ProcessOptions = {}): Child {
    const { command, args: before } = this.#product;
    return this.process(name, command, [...before, ...args], options);
  }

  /** Starts another program likewise. */
  process(
    name: string,
    command: string,
    args: readonly string[],
    options: ProcessOptions = {},
  ): Child {
    if (this.#processes.some((one) => one.name === name)) {
      throw new TypeError(`There is a process "${name}" in this case already`);
    }
    const [stdout, stderr] = [`${name}.stdout.log`, `${name}.stderr.log`];
    const child = new Child({
      name,
      command,
      args,
      signal: this.signal,
      env: options.env ?? {},
      keep: { stdout: this.path(stdout), stderr: this.path(stderr) },
    });
    this.#children.push(child);
    const record: ProcessRecord = {
      name,
      commandLine: [command, ...args],
      pid: child.pid,
      exitCode: null,
      signal: null,
      stdout,
      stderr,
    };
    const at = this.#processes.length;
    this.#record(at, record);
    child.ended.then(({ code, signal }) =>
      this.#record(at, { ...record, exitCode: code, signal: signal ?? null })
    );
    return child;
  }

  /** Remembers a figure early, so that a case that then throws has it in its evidence. */
  note(figure: Figure): void {
    this.#figures.set(figure.name, figure);
    this.#onChange();
  }

  /** Ends what still runs, the newest first, and frees the names. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children.toReversed()) await child[Symbol.asyncDispose]();
    // What a killed producer of the same name has left goes too.
    this.#workspace[Symbol.dispose]();
  }

  /** Beside the summary, so that a folder can be read without it. */
  #record(at: number, record: ProcessRecord): void {
    this.#processes[at] = record;
    const text = `${JSON.stringify(record, null, 2)}\n`;
    writeAtomically(this.path(`${record.name}.process.json`), text);
    this.#onChange();
  }
}
