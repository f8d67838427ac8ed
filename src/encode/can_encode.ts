import { StreamerError } from "../errors.ts";
import { within } from "../within.ts";
import type { EncoderCandidate } from "./candidates.ts";
import { Encoder } from "./encoder.ts";
import type { EncodeOptions } from "./options.ts";

/** A format that every encoder supports. */
const COMMON_FORMAT = { width: 640, height: 360, frameRate: 30 };
/** Time limit for each step, in milliseconds. */
const LIMIT_MS = 5000;

/** Returns whether an encoder works at all, by encoding one picture of a common size. */
export async function canEncode(
  candidate: EncoderCandidate,
  options: EncodeOptions,
): Promise<boolean> {
  const works = Promise.withResolvers<boolean>();
  try {
    const encoder = new Encoder(candidate, COMMON_FORMAT, { ...options, bFrames: 0 }, {
      beforeUnit: () => {},
      unit: () => works.resolve(true),
      withheld: () => {},
      hungry: () => {},
      failed: () => works.resolve(false),
      warning: () => {},
    });
    // Stopping an encoder that hangs would never end.
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
