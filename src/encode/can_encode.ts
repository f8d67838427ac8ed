import { StreamerError } from "../errors.ts";
import { within } from "../within.ts";
import type { EncoderCandidate } from "./candidates.ts";
import { Encoder } from "./encoder.ts";
import type { EncodeOptions } from "./options.ts";

/** A format that every encoder takes. */
const ORDINARY = { width: 640, height: 360, frameRate: 30 };
/** How long the first picture may take, in milliseconds. */
const LIMIT_MS = 5000;

/** Whether an encoder works at all: it gets one picture of an ordinary size. */
export async function canEncode(
  candidate: EncoderCandidate,
  options: EncodeOptions,
): Promise<boolean> {
  const works = Promise.withResolvers<boolean>();
  try {
    const encoder = new Encoder(candidate, ORDINARY, { ...options, bFrames: 0 }, {
      beforeUnit: () => {},
      unit: () => works.resolve(true),
      withheld: () => {},
      hungry: () => {},
      failed: () => works.resolve(false),
      warning: () => {},
    });
    // The end of one that hangs never comes.
    await using _end = {
      [Symbol.asyncDispose]: async () => {
        await within(LIMIT_MS, encoder[Symbol.asyncDispose]());
      },
    };
    const started = encoder.start();
    if (!await within(LIMIT_MS, started) || !await started) return false;
    const buffer = encoder.acquire();
    const frame = { buffer, frameCount: 0, ptsUs: 0, captureUnixUs: 0, confirm: () => true };
    encoder.push(frame);
    encoder.drain().catch(() => {});
    return await within(LIMIT_MS, works.promise) && await works.promise;
  } catch (error) {
    if (error instanceof StreamerError) return false;
    throw error;
  }
}
