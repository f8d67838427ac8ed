/** Datagrams that lie in one block of memory. */
export interface Datagrams {
  /** The memory. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where in `bytes` each datagram begins. */
  readonly offsets: Uint32Array<ArrayBuffer>;
  /** Bytes of each datagram. */
  readonly lengths: Uint32Array<ArrayBuffer>;
  /** Number of datagrams; the tables may be longer. */
  readonly count: number;
}

/**
 * Why datagrams do not arrive: `refused`: the host answers that nobody listens there (ECONNREFUSED);
 * `unreachable`: there is no way to it; `congested`: the kernel's buffers are full (EAGAIN, ENOBUFS).
 */
export type SendTrouble = "refused" | "unreachable" | "congested";

/** What became of one burst of datagrams. */
export interface SendOutcome {
  /** Datagrams that the kernel took. */
  readonly sent: number;
  /** Datagrams given up; `sent + dropped` is the number there were. */
  readonly dropped: number;
  /** Errors met on the way, those of earlier datagrams included. */
  readonly errors: number;
  /** What the errors say, if there were any. */
  readonly trouble?: SendTrouble;
}

/** Sends datagrams to one receiver. */
export interface DatagramSender extends Disposable {
  /** Port of ours that they come from, where that is known. */
  readonly localPort?: number;
  /** Sends all datagrams at once. Never waits and never throws for what the network does. */
  send(datagrams: Datagrams): SendOutcome;
}
