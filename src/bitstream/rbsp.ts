/**
 * Takes the emulation prevention bytes out of a NAL unit (ITU-T H.264 and H.265, 7.3.1.1 and
 * 7.4.1: the 3 in `00 00 03`), header included.
 *
 * @param nal A NAL unit without start code.
 * @param maxBytes How many bytes of result are wanted: parameter sets tell what matters early.
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
