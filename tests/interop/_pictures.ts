/**
 * Cuts a stream of raw pictures into pictures. Each is valid until the next one is asked for.
 *
 * @param sizeBytes Of a picture.
 * @throws {Error} When the stream ends within a picture.
 */
export async function* pictures(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  sizeBytes: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const picture = new Uint8Array(sizeBytes);
  let filled = 0;
  for await (const chunk of stream) {
    for (let from = 0; from < chunk.length;) {
      const part = chunk.subarray(from, from + sizeBytes - filled);
      picture.set(part, filled);
      from += part.length;
      filled += part.length;
      if (filled < sizeBytes) continue;
      filled = 0;
      yield picture;
    }
  }
  if (filled > 0) throw new Error(`The last picture has ${filled} of ${sizeBytes} bytes`);
}
