import type { Child } from "../_harness/child.ts";
import type { Chain } from "./_chain.ts";

/**
 * Cuts what a receiver writes to stdout into raw pictures, until it ends in good order.
 *
 * @param sizeBytes Of a picture.
 * @param take Is given each picture, which is valid until it returns.
 * @throws {Error} When it does not end so, or the chain ends first, or `take` throws: with what each
 * process has said.
 */
export async function receivePictures(
  receiver: Child,
  chain: Chain,
  sizeBytes: number,
  take: (picture: Uint8Array<ArrayBuffer>) => void,
): Promise<void> {
  // It would wait for the rest for ever.
  chain.broken.then(() => receiver[Symbol.asyncDispose]());
  const picture = new Uint8Array(sizeBytes);
  let filled = 0;
  try {
    for await (const chunk of receiver.bytes) {
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
    await receiver.succeeded();
    if (filled > 0) throw new Error(`The last picture has ${filled} of ${sizeBytes} bytes`);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const said = [receiver, ...chain.processes].map(({ name, log }) =>
      [`--- ${name}`, ...log.lines].join("\n")
    );
    throw new Error([message, ...said].join("\n"), { cause: error });
  }
}
