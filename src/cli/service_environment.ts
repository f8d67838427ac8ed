/** What a service manager tells its service through the environment. */
export interface ServiceEnvironment {
  /** Where it wants to hear how the service is; undefined where there is no manager, or none that asks. */
  readonly notifySocket: string | undefined;
  /** It ends a service that it has not heard of for this long, in milliseconds; undefined: it never does. */
  readonly watchdogMs: number | undefined;
}

/**
 * Reads what sd_notify(3) and sd_watchdog_enabled(3) read.
 *
 * @param variable Value of an environment variable.
 * @param processId Of this process: the watchdog may be meant for another.
 */
export function serviceEnvironment(
  variable: (name: string) => string | undefined,
  processId: number,
): ServiceEnvironment {
  const usec = variable("WATCHDOG_USEC");
  const watched = variable("WATCHDOG_PID") ?? `${processId}`;
  const isWatchdog = usec !== undefined && /^[1-9][0-9]{0,15}$/.test(usec) &&
    watched === `${processId}`;
  return {
    notifySocket: variable("NOTIFY_SOCKET") || undefined,
    watchdogMs: isWatchdog ? Number(usec) / 1000 : undefined,
  };
}
