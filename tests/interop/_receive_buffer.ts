/**
 * Bytes of receive buffer that a socket may ask for on this machine. A receiver must ask: a key frame of
 * 1920x1080, which is sent in one go, does not fit into what it gets else.
 */
export function largestReceiveBuffer(): number {
  return Number(Deno.readTextFileSync("/proc/sys/net/core/rmem_max"));
}
