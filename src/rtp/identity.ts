/** The values that RFC 3550 wants unpredictable: see 5.1 (sequence number, timestamp) and 8 (SSRC). */
export interface StreamIdentity {
  /** Synchronization source, u32. */
  readonly ssrc: number;
  /** Sequence number of the first packet, u16. */
  readonly sequenceNumber: number;
  /** RTP timestamp of media time 0, u32. */
  readonly timestampOffset: number;
}

/** Draws a new identity from the system's cryptographic random source. */
export function randomStreamIdentity(): StreamIdentity {
  const [ssrc, sequenceNumber, timestampOffset] = crypto.getRandomValues(new Uint32Array(3));
  return {
    ssrc: ssrc!,
    sequenceNumber: sequenceNumber! & 0xffff,
    timestampOffset: timestampOffset!,
  };
}
