/**
 * Returns the largest receive buffer size that a socket can request on this machine, in bytes. A
 * key frame of 1920x1080, which is sent in one burst, does not fit into the default buffer.
 */
export function largestReceiveBuffer(): number {
  return Number(Deno.readTextFileSync("/proc/sys/net/core/rmem_max"));
}
