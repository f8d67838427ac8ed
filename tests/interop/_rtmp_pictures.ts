import type { Child } from "../_harness/child.ts";
import type { FrameSequence } from "./_frame_sequence.ts";

/**
 * Cuts what a decoder writes to stdout into raw pictures, until it ends in good order, and gives them
 * to `sequence`.
 *
 * @param others Processes that it depends on; what they have said helps to understand an error.
 * @throws {Error} When it does not end so, or a picture is not as it should be.
 */
export async function readPictures(
  decoder: Child,
  sequence: FrameSequence,
  others: readonly Child[],
): Promise<void> {
  const picture = new Uint8Array(sequence.sizeBytes);
  let filled = 0;
  try {
    for await (const chunk of decoder.bytes) {
      for (let from = 0; from < chunk.length;) {
        const part = chunk.subarray(from, from + picture.length - filled);
        picture.set(part, filled);
        from += part.length;
        filled += part.length;
        if (filled < picture.length) continue;
        filled = 0;
        sequence.add(picture);
      }
    }
    await decoder.succeeded();
    if (filled > 0) throw new Error(`The last picture has ${filled} of ${picture.length} bytes`);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const said = [decoder, ...others].flatMap(({ name, log }) => [`--- ${name}`, ...log.lines]);
    throw new Error([message, ...said].join("\n"), { cause: error });
  }
}
