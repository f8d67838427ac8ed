import { freeBytes } from "../../ffi/libc.ts";
import { readStart } from "../../ffi/system_file.ts";
import { MAX_CONNECTIONS } from "../http/front_door.ts";
import { type Finding, Findings } from "./finding.ts";

/** Size of the packets of a large key frame. */
const SOCKET_BUFFER_BYTES = 2 << 20;
/** A stream has about 20 files open, plugins and pipes included. */
const FILES_PER_STREAM = 32;
/** The most that the connections of the HTTP server take. */
const FILES_FOR_HTTP = 3 * MAX_CONNECTIONS;
/** Size of a few 1080p pictures. */
const SHM_BYTES = 64 << 20;

/**
 * Checks limits of the system.
 *
 * @param streams Number of streams.
 * @param hasHttp Whether the HTTP server runs too.
 */
export function checkLimits(streams: number, hasHttp: boolean): Finding[] {
  const findings = new Findings("limits");
  checkSocketBuffer(findings, "net.core.rmem_max", "the receivers on this machine");
  checkSocketBuffer(findings, "net.core.wmem_max", "what is sent");
  checkFiles(findings, streams, hasHttp);
  checkSharedMemory(findings);
  const cores = navigator.hardwareConcurrency;
  if (cores >= streams) findings.ok(`${cores} processors for ${counted(streams)}`);
  else {
    findings.warning(
      `${cores} processors for ${counted(streams)}`,
      "Use a hardware encoder, a lower frame rate or smaller pictures if frames are dropped",
    );
  }
  return findings.list;
}

function counted(streams: number): string {
  return streams === 1 ? "one stream" : `${streams} streams`;
}

function checkSocketBuffer(findings: Findings, name: string, whose: string): void {
  const text = readText(`/proc/sys/${name.replaceAll(".", "/")}`);
  const bytes = Number(text);
  // Containers may hide it.
  if (text === undefined || !Number.isInteger(bytes)) return;
  if (bytes >= SOCKET_BUFFER_BYTES) return findings.ok(`${name} is ${bytes}`);
  findings.warning(
    `${name} is ${bytes}: bursts of large key frames may not fit into the socket buffers of ${whose}`,
    `Run sysctl -w ${name}=${SOCKET_BUFFER_BYTES}`,
  );
}

function checkFiles(findings: Findings, streams: number, hasHttp: boolean): void {
  const [, soft] = /^Max open files +(\d+)/m.exec(readText("/proc/self/limits") ?? "") ?? [];
  if (soft === undefined) return;
  const wanted = 64 + FILES_PER_STREAM * streams + (hasHttp ? FILES_FOR_HTTP : 0);
  if (Number(soft) >= wanted) return findings.ok(`${soft} files may be open at once`);
  findings.problem(
    `Only ${soft} files may be open at once: ${counted(streams)} need ${wanted}`,
    `Run ulimit -n ${wanted}, or set LimitNOFILE=${wanted} in the systemd unit`,
  );
}

function checkSharedMemory(findings: Findings): void {
  const free = freeBytes("/dev/shm");
  if (free === undefined) {
    findings.problem(
      "The free space of /dev/shm cannot be determined",
      "Mount a tmpfs at /dev/shm",
    );
    return;
  }
  const megabytes = `${Math.floor(free / (1 << 20))} MiB`;
  if (free >= SHM_BYTES) return findings.ok(`/dev/shm has ${megabytes} free`);
  const message = `/dev/shm has only ${megabytes} free: a producer cannot grow its segment`;
  const remedy =
    "Remove segments that no program uses, or enlarge it: mount -o remount,size=1G /dev/shm";
  if (free < 1 << 20) findings.problem(message, remedy);
  else findings.warning(message, remedy);
}

function readText(path: string): string | undefined {
  const bytes = readStart(path, 4096);
  return bytes && new TextDecoder().decode(bytes).trim();
}
