import type { AccessUnit } from "../bitstream/access_unit.ts";
import { seiPosition, writeFrameIdentity } from "../bitstream/frame_identity.ts";
import { NalUnits } from "../bitstream/nal_units.ts";

/** Returns an access unit that carries its frame's identity; the same one if the identity is not known. */
export function markWithIdentity(unit: AccessUnit): AccessUnit {
  const { format: { codec }, identity } = unit;
  if (identity === undefined) return unit;
  const position = seiPosition(codec, unit.nalUnits);
  const sei = writeFrameIdentity(codec, identity);
  const nalUnits = NalUnits.withInserted(unit.nalUnits, position, sei);
  return { ...unit, data: nalUnits.data, nalUnits };
}
