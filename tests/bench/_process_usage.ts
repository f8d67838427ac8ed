/** `USER_HZ`, which is 100 on every Linux that Deno supports. */
const TICKS_PER_SECOND = 100;

/** Returns the user and system CPU time of a process in seconds, including threads that have ended. */
export function processorSecondsOf(pid: number): number {
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  // The second field is the name in parentheses, which may contain any character.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const UTIME = 14 - 3;
  const STIME = 15 - 3;
  return (Number(fields[UTIME]) + Number(fields[STIME])) / TICKS_PER_SECOND;
}

/** Returns the CPU time of the whole machine in seconds, without idle time and I/O wait. */
export function processorSecondsOfAll(): number {
  const [line = ""] = Deno.readTextFileSync("/proc/stat").split("\n", 1);
  const [user = 0, nice = 0, system = 0, , , irq = 0, softIrq = 0, steal = 0] = line.split(/\s+/)
    .slice(1).map(Number);
  return (user + nice + system + irq + softIrq + steal) / TICKS_PER_SECOND;
}

/** Returns the peak resident memory of a process in MB (10^6 bytes). */
export function peakResidentMb(pid: number): number {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  const kib = Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]);
  return kib * 1024 / 1e6;
}
