/** Datagrams in one block of memory. */
export interface Datagrams {
  /** The memory. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Offset in `bytes` of each datagram. */
  readonly offsets: Uint32Array<ArrayBuffer>;
  /** Length of each datagram in bytes. */
  readonly lengths: Uint32Array<ArrayBuffer>;
  /** Number of datagrams; the tables may be longer. */
  readonly count: number;
}

/**
 * Why datagrams do not arrive. `refused`: the host reports that no one listens on the port (ECONNREFUSED).
 * `unreachable`: there is no route to the host. `congested`: the kernel's buffers are full (EAGAIN, ENOBUFS).
 */
export type SendTrouble = "refused" | "unreachable" | "congested";

/** The result of sending one burst of datagrams. */
export interface SendOutcome {
  /** Datagrams that the kernel accepted. */
  readonly sent: number;
  /** Datagrams dropped; `sent + dropped` is the size of the burst. */
  readonly dropped: number;
  /** Errors while sending, including those of earlier datagrams. */
  readonly errors: number;
  /** The cause of the errors, if there were any. */
  readonly trouble?: SendTrouble;
}

/** Sends datagrams. */
export interface DatagramOutlet {
  /** Sends all datagrams at once. Never blocks, and never throws for a network error. */
  send(datagrams: Datagrams): SendOutcome;
}

/** Sends datagrams to one receiver. */
export interface DatagramSender extends DatagramOutlet, Disposable {
  /** Local port, if it is known. */
  readonly localPort?: number;
}
