/**
 * Returns the number of datagrams that any UDP socket of this machine has dropped since boot
 * because its receive buffer was full (`RcvbufErrors` of `/proc/net/snmp`), or NaN if that is not
 * available.
 */
export function udpOverflows(): number {
  const lines = Deno.readTextFileSync("/proc/net/snmp").split("\n");
  const [names, values] = lines.filter((line) => line.startsWith("Udp: "));
  const column = names?.split(" ").indexOf("RcvbufErrors") ?? -1;
  return Number(values?.split(" ")[column] ?? NaN);
}
