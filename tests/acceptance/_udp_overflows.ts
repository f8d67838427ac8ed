/**
 * Datagrams that came to any UDP socket of this machine, found its receive buffer full and were
 * dropped, since the system started (`RcvbufErrors` of `/proc/net/snmp`); NaN if it does not say.
 */
export function udpOverflows(): number {
  const lines = Deno.readTextFileSync("/proc/net/snmp").split("\n");
  const [names, values] = lines.filter((line) => line.startsWith("Udp: "));
  const column = names?.split(" ").indexOf("RcvbufErrors") ?? -1;
  return Number(values?.split(" ")[column] ?? NaN);
}
