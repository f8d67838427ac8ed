import {
  decodeEncodedExtension,
  type EncodedExtension,
  requireKnownCoding,
} from "./encoded_extension.ts";
import { metadataView } from "./metadata.ts";
import { checkPlane, decodePlane } from "./plane.ts";

const MINOR_OFFSET = 9;
const MASK_OFFSET = 0x21;
const PAYLOAD_SIZE_OFFSET = 0x28;
const SLOT = 3;

/**
 * Decodes the description of the producer's own access unit. It ignores the other planes, which may change from frame to
 * frame.
 *
 * @param bytes The metadata region; bytes after the first 256 are ignored.
 * @returns Undefined if the frame has no access unit.
 * @throws {ContractError} With the code of the violated rule.
 */
export function decodeEncodedUnit(bytes: Uint8Array): EncodedExtension | undefined {
  const view = metadataView(bytes);
  const isPresent = view.getUint8(8) === 2 && view.getUint8(MINOR_OFFSET) > 0 &&
    (view.getUint8(MASK_OFFSET) & (1 << SLOT)) !== 0;
  if (!isPresent) return undefined;
  const plane = decodePlane(view, SLOT);
  checkPlane(plane, SLOT, plane.offsetBytes, view.getUint32(PAYLOAD_SIZE_OFFSET, true));
  const extension = decodeEncodedExtension(view);
  requireKnownCoding(extension);
  return extension;
}
