/**
 * A UDP socket in a worker that only waits for datagrams. Arrival times are taken immediately, so
 * that the product is measured and not the test's event loop.
 *
 * Posts its UDP port to the given message port, then bursts, and finally `closed`. An empty
 * datagram ends it.
 *
 * @module
 */
import { monotonicMs } from "../../ffi/clock.ts";

/** RTP packets up to one with the marker bit, which ends an access unit. */
export interface Burst {
  readonly packets: readonly Uint8Array<ArrayBuffer>[];
  /** Arrival time of the last packet, on the clock of `monotonicMs`. */
  readonly atMs: number;
}

const [AF_INET, SOCK_DGRAM, SOL_SOCKET, SO_RCVBUF] = [2, 2, 1, 8];
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;
const LARGEST_DATAGRAM = 65_536;
const MARKER = 0x80;

const libc = Deno.dlopen("libc.so.6", {
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
  bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  getsockname: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  recv: { parameters: ["i32", "buffer", "usize", "i32"], result: "isize" },
  close: { parameters: ["i32"], result: "i32" },
});

/** Opens the socket at a free port of 127.0.0.1. */
function open(): { fd: number; port: number } {
  const { symbols } = libc;
  const fd = symbols.socket(AF_INET, SOCK_DGRAM, 0);
  symbols.setsockopt(fd, SOL_SOCKET, SO_RCVBUF, Uint32Array.of(RECEIVE_BUFFER_BYTES), 4);
  // sockaddr_in: family, port and address in network order.
  const address = new Uint8Array(16);
  const view = new DataView(address.buffer);
  view.setUint16(0, AF_INET, true);
  view.setUint32(4, 0x7f_00_00_01);
  if (symbols.bind(fd, address, address.length) !== 0) throw new Error("Cannot bind a UDP socket");
  symbols.getsockname(fd, address, Uint32Array.of(address.length));
  return { fd, port: view.getUint16(2) };
}

function receive(fd: number, post: (burst: Burst) => void): void {
  const datagram = new Uint8Array(LARGEST_DATAGRAM);
  let packets: Uint8Array<ArrayBuffer>[] = [];
  for (;;) {
    const length = Number(libc.symbols.recv(fd, datagram, BigInt(datagram.length), 0));
    if (length <= 0) break;
    const packet = datagram.slice(0, length);
    packets.push(packet);
    if (((packet[1] ?? 0) & MARKER) === 0) continue;
    post({ packets, atMs: monotonicMs() });
    packets = [];
  }
  libc.symbols.close(fd);
}

globalThis.addEventListener("message", (event) => {
  const [replyPort] = event instanceof MessageEvent ? event.ports : [];
  if (replyPort === undefined) return;
  const { fd, port } = open();
  replyPort.postMessage(port);
  receive(fd, (burst) => replyPort.postMessage(burst));
  replyPort.postMessage("closed");
});
