import type { Child } from "../_harness/child.ts";
import type { Chain } from "./_chain.ts";
import type { FrameSequence } from "./_frame_sequence.ts";

/**
 * Reads raw pictures from a decoder's stdout until it exits, and adds them to `sequence`.
 *
 * @param others Processes that the decoder depends on; their logs are added to errors.
 * @throws {Error} If the decoder fails, or `sequence` refuses a picture.
 */
export async function readPictures(
  decoder: Child,
  sequence: FrameSequence,
  others: readonly Child[],
): Promise<void> {
  const add = (picture: Uint8Array): void => sequence.add(picture);
  await splitPictures(decoder, sequence.sizeBytes, add, others);
}

/**
 * Reads raw pictures of a chain's stream from a receiver's stdout, until the receiver exits.
 *
 * @param sizeBytes Size of a picture.
 * @param take Called with each picture, which is valid until the call returns.
 * @throws {Error} If the receiver fails, the chain ends first, or `take` throws. The message has the
 * logs of all processes.
 */
export async function receivePictures(
  receiver: Child,
  chain: Chain,
  sizeBytes: number,
  take: (picture: Uint8Array<ArrayBuffer>) => void,
): Promise<void> {
  // Without a stream the receiver would wait forever.
  chain.broken.then(() => receiver[Symbol.asyncDispose]());
  await splitPictures(receiver, sizeBytes, take, chain.processes);
}

/**
 * Splits a decoder's stdout into pictures, until it exits.
 *
 * @param take Called with each picture, which is valid until the call returns.
 * @throws {Error} If the decoder fails, or `take` throws. The message has the logs of all processes.
 */
export async function splitPictures(
  decoder: Child,
  sizeBytes: number,
  take: (picture: Uint8Array<ArrayBuffer>) => void,
  others: readonly Child[],
): Promise<void> {
  const picture = new Uint8Array(sizeBytes);
  let filled = 0;
  try {
    for await (const chunk of decoder.bytes) {
      for (let from = 0; from < chunk.length;) {
        const part = chunk.subarray(from, from + sizeBytes - filled);
        picture.set(part, filled);
        from += part.length;
        filled += part.length;
        if (filled < sizeBytes) continue;
        filled = 0;
        take(picture);
      }
    }
    await decoder.succeeded();
    if (filled > 0) throw new Error(`The last picture has ${filled} of ${sizeBytes} bytes`);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const logs = [decoder, ...others].flatMap(({ name, log }) => [`--- ${name}`, ...log.lines]);
    throw new Error([message, ...logs].join("\n"), { cause: error });
  }
}
