/** Seconds from the NTP era's begin, 1900, to that of Unix time, 1970 (RFC 5905, figure 4). */
const UNIX_EPOCH_NTP = 2_208_988_800;

/** A wall clock time in the format of NTP (RFC 3550, 4; RFC 5905, 6). */
export interface NtpTime {
  /** Seconds since 1900, u32; it wraps in 2036. */
  readonly seconds: number;
  /** Fraction of a second in units of 2^-32 s, u32. */
  readonly fraction: number;
}

/** Turns Unix time into NTP time. @param unixUs Microseconds since 1970. */
export function ntpFromUnixUs(unixUs: number): NtpTime {
  const wholeUs = Math.round(unixUs);
  const unixSeconds = Math.floor(wholeUs / 1e6);
  const us = wholeUs - unixSeconds * 1e6;
  return {
    seconds: (unixSeconds + UNIX_EPOCH_NTP) % 2 ** 32 >>> 0,
    // The conversion back rounds to the nearest microsecond, so rounding down keeps it exact.
    fraction: Math.floor(us * 2 ** 32 / 1e6),
  };
}

/** Turns NTP time of the era 1900 to 2036 into microseconds of Unix time. */
export function unixUsFromNtp(time: NtpTime): number {
  return (time.seconds - UNIX_EPOCH_NTP) * 1e6 + Math.round(time.fraction * 1e6 / 2 ** 32);
}
