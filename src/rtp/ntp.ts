/** Seconds from the NTP epoch, 1900, to the Unix epoch, 1970 (RFC 5905, figure 4). */
const UNIX_EPOCH_NTP = 2_208_988_800;

/** A wall clock time in the NTP timestamp format (RFC 3550, 4; RFC 5905, 6). */
export interface NtpTime {
  /** Seconds since 1900, u32; it wraps in 2036. */
  readonly seconds: number;
  /** Fraction of a second in units of 2^-32 s, u32. */
  readonly fraction: number;
}

/**
 * Converts Unix time to NTP time.
 *
 * @param unixUs Microseconds since 1970.
 */
export function ntpFromUnixUs(unixUs: number): NtpTime {
  const wholeUs = Math.round(unixUs);
  const unixSeconds = Math.floor(wholeUs / 1e6);
  const us = wholeUs - unixSeconds * 1e6;
  return {
    seconds: (unixSeconds + UNIX_EPOCH_NTP) % 2 ** 32 >>> 0,
    // Rounded up, so that the conversion back gives the same microsecond also if it rounds down.
    fraction: Math.ceil(us * 2 ** 32 / 1e6),
  };
}

/** Converts NTP time of the era 1900 to 2036 to Unix time in microseconds. */
export function unixUsFromNtp(time: NtpTime): number {
  return (time.seconds - UNIX_EPOCH_NTP) * 1e6 + Math.round(time.fraction * 1e6 / 2 ** 32);
}
