/** `USER_HZ`: 100 on every Linux that Deno runs on. */
const TICKS_PER_SECOND = 100;

/** Processor seconds that a process has used, those of its ended threads included: user and system. */
export function processorSecondsOf(pid: number): number {
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  // The second field is a name in parentheses, in which anything may stand; the third follows it.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const UTIME = 14 - 3;
  const STIME = 15 - 3;
  return (Number(fields[UTIME]) + Number(fields[STIME])) / TICKS_PER_SECOND;
}

/** Processor seconds that the whole machine has used: everything but idling and waiting for disks. */
export function processorSecondsOfAll(): number {
  const [line = ""] = Deno.readTextFileSync("/proc/stat").split("\n", 1);
  const [user = 0, nice = 0, system = 0, , , irq = 0, softIrq = 0, steal = 0] = line.split(/\s+/)
    .slice(1).map(Number);
  return (user + nice + system + irq + softIrq + steal) / TICKS_PER_SECOND;
}

/** The most memory that a process has had resident so far, in MB (10^6 bytes). */
export function peakResidentMb(pid: number): number {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  const kib = Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]);
  return kib * 1024 / 1e6;
}
