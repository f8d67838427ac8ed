import { Child } from "../_harness/child.ts";
import { freeTcpPort } from "../_harness/tcp_ports.ts";
import { freeUdpPorts } from "../_harness/udp_ports.ts";
import { Workspace } from "../_harness/workspace.ts";
import type { ProcessRecord } from "./case_result.ts";
import type { Figure } from "./figure.ts";
import { writeAtomically } from "./atomic_file.ts";
import type { ProductUnderTest } from "./tested_product.ts";

/** Options of a {@linkcode CaseContext}. */
export interface CaseContextOptions {
  /** Existing folder for the evidence of the case. */
  readonly folder: string;
  /** Product that `product()` starts. */
  readonly product: ProductUnderTest;
  /** Aborted index the time limit, or when the suite is interrupted. */
  readonly signal: AbortSignal;
  /** Called after a process has started or ended, and after a figure has been noted. */
  readonly onChange?: () => void;
}

/** Options for starting a process. */
export interface ProcessOptions {
  /** Variables added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * What one case works with: its evidence folder, unique names, processes and time limit. Disposal
 * ends the processes and removes segment and socket, but keeps the folder.
 */
export class CaseContext implements AsyncDisposable {
  /** Folder for the evidence of the case, absolute. */
  readonly folder: string;
  /** Unique name for a shared memory segment. */
  readonly shmName: string;
  /** Unique ZeroMQ endpoint. */
  readonly zmqEndpoint: string;
  /** Aborted index the time limit, or when the suite is interrupted. */
  readonly signal: AbortSignal;
  readonly #product: ProductUnderTest;
  readonly #onChange: () => void;
  readonly #workspace = new Workspace();
  readonly #children: Child[] = [];
  readonly #processes: ProcessRecord[] = [];
  readonly #figures = new Map<string, Figure>();

  /** Reserves names for a case. */
  constructor({ folder, product, signal, onChange = () => {} }: CaseContextOptions) {
    this.folder = folder;
    this.signal = signal;
    this.#product = product;
    this.#onChange = onChange;
    this.shmName = this.#workspace.shmName;
    this.zmqEndpoint = this.#workspace.zmqEndpoint;
  }

  /** Processes started so far. */
  get processes(): readonly ProcessRecord[] {
    return [...this.#processes];
  }

  /** Figures noted so far. */
  get figures(): readonly Figure[] {
    return [...this.#figures.values()];
  }

  /** Returns the path of a file in the folder, such as an SDP or a tester's JSON. */
  path(name: string): string {
    return `${this.folder}/${name}`;
  }

  /** Returns an even UDP port. Both it and the next port are free. */
  udpPort(): Promise<number> {
    return Promise.resolve(freeUdpPorts());
  }

  /** Returns a free TCP port of 127.0.0.1. */
  tcpPort(): number {
    return freeTcpPort();
  }

  /**
   * Starts the product under test. Its output, command line and exit code go to the evidence.
   *
   * @param name Name that is unique within the case, such as `streamer` or `simulator-2`.
   */
  product(name: string, args: readonly string[], options: ProcessOptions = {}): Child {
    const { command, args: productArgs } = this.#product;
    return this.process(name, command, [...productArgs, ...args], options);
  }

  /** Starts another program, with the same evidence as {@linkcode product}. */
  process(
    name: string,
    command: string,
    args: readonly string[],
    options: ProcessOptions = {},
  ): Child {
    if (this.#processes.some((process) => process.name === name)) {
      throw new TypeError(`Process name "${name}" is already used in this case`);
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
    const index = this.#processes.length;
    this.#record(index, record);
    child.ended.then(({ code, signal }) =>
      this.#record(index, { ...record, exitCode: code, signal: signal ?? null })
    );
    return child;
  }

  /**
   * Records a figure before the case ends, so that it is in the evidence even if the case throws.
   */
  note(figure: Figure): void {
    this.#figures.set(figure.name, figure);
    this.#onChange();
  }

  /** Ends the remaining processes, newest first, and removes segment and socket. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children.toReversed()) await child[Symbol.asyncDispose]();
    // Also removes what a killed producer has left.
    this.#workspace[Symbol.dispose]();
  }

  /** Writes the record to the folder too, so that the folder can be read without the summary. */
  #record(index: number, record: ProcessRecord): void {
    this.#processes[index] = record;
    const text = `${JSON.stringify(record, null, 2)}\n`;
    writeAtomically(this.path(`${record.name}.process.json`), text);
    this.#onChange();
  }
}
