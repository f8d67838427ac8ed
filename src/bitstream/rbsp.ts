/**
 * Removes the emulation prevention bytes of a NAL unit, the 3 in `00 00 03` (ITU-T H.264 and H.265, 7.3.1.1 and 7.4.1). The result
 * includes the header.
 *
 * @param nal A NAL unit without start code.
 * @param maxBytes Maximum size of the result, because often only the start of a parameter set is needed.
 * @returns At most `maxBytes` bytes, newly allocated.
 */
export function removeEmulationPrevention(nal: Uint8Array, maxBytes: number): Uint8Array {
  const result = new Uint8Array(Math.min(nal.length, maxBytes));
  let length = 0;
  let zeros = 0;
  for (let i = 0; i < nal.length && length < result.length; i++) {
    const byte = nal[i]!;
    if (zeros >= 2 && byte === 3) {
      zeros = 0;
      continue;
    }
    zeros = byte === 0 ? zeros + 1 : 0;
    result[length] = byte;
    length += 1;
  }
  return result.subarray(0, length);
}

/**
 * Inserts the emulation prevention bytes of a NAL unit: no three bytes of it may look like a start code (ITU-T H.264 and
 * H.265, 7.4.1).
 *
 * @param bytes A NAL unit without start code, whose last byte is not 0.
 */
export function addEmulationPrevention(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  // At worst, one byte is inserted after every two zeros.
  const result = new Uint8Array(bytes.length + Math.floor(bytes.length / 2));
  let length = 0;
  let zeros = 0;
  for (const byte of bytes) {
    if (zeros === 2 && byte <= 3) {
      result[length++] = 3;
      zeros = 0;
    }
    zeros = byte === 0 ? zeros + 1 : 0;
    result[length++] = byte;
  }
  return result.subarray(0, length);
}
