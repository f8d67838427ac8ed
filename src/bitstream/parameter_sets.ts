import { ppsIdOfKeySlice, spsIdOfPps, vpsIdOfSps } from "./activation.ts";
import { BitstreamError } from "./bitstream_error.ts";
import type { Codec } from "./codec.ts";
import { nalKind } from "./nal_kind.ts";
import type { NalIndex } from "./nal_units.ts";
import { parameterSetId, type ParameterSetKind } from "./parameter_set_id.ts";

/** Larger parameter sets are ignored; otherwise a hostile stream could exhaust the memory. */
const MAX_PARAMETER_SET_BYTES = 16 * 1024;
const START_CODE_BYTES = 4;

/** Parameter sets without start codes. They must not be changed. */
export interface ParameterSetList {
  /** Video parameter sets by ascending id: at least one in H.265, none in H.264. */
  readonly vps: readonly Uint8Array[];
  /** Sequence parameter sets by ascending id, at least one. */
  readonly sps: readonly Uint8Array[];
  /** Picture parameter sets by ascending id, at least one. */
  readonly pps: readonly Uint8Array[];
}

/**
 * Tracks the active parameter sets of a stream: the newest of each type and id in its access units, and from each key frame
 * on only those that belong to the SPS that it refers to (ITU-T H.264, 7.4.1.2.1; H.265, 7.4.2.4.2). Session descriptions
 * and container headers are derived from them, and they can be added to key frames without parameter sets.
 *
 * @example
 * ```ts
 * import { NalUnits } from "./nal_units.ts";
 * import { ParameterSets } from "./parameter_sets.ts";
 *
 * const sets = new ParameterSets("h264");
 * const units = new NalUnits();
 * units.scan(Uint8Array.of(0, 0, 1, 0x67, 0x42, 0xc0, 0x1e, 0xd9, 0, 0, 1, 0x68, 0xcb, 0x83));
 * console.assert(sets.observe(units) && sets.complete);
 * console.assert(!sets.observe(units)); // Nothing new.
 * ```
 */
export class ParameterSets implements ParameterSetList {
  /** The codec whose parameter sets these are. */
  readonly codec: Codec;
  readonly #byId: Record<ParameterSetKind, Map<number, Uint8Array>> = {
    vps: new Map(),
    sps: new Map(),
    pps: new Map(),
  };

  /**
   * Starts without parameter sets.
   *
   * @param codec Codec of the access units to observe.
   */
  constructor(codec: Codec) {
    this.codec = codec;
  }

  /** The video parameter sets by ascending id; none in H.264. They have no start codes and must not be changed. */
  get vps(): readonly Uint8Array[] {
    return this.#sorted("vps");
  }

  /** The sequence parameter sets by ascending id. They have no start codes and must not be changed. */
  get sps(): readonly Uint8Array[] {
    return this.#sorted("sps");
  }

  /** The picture parameter sets by ascending id. They have no start codes and must not be changed. */
  get pps(): readonly Uint8Array[] {
    return this.#sorted("pps");
  }

  /** Whether there is one of each type that the codec has, so that decoding can start. */
  get complete(): boolean {
    const { vps, sps, pps } = this.#byId;
    return sps.size > 0 && pps.size > 0 && (this.codec === "h264" || vps.size > 0);
  }

  /**
   * Records the parameter sets before an access unit's picture. Malformed and oversized ones are ignored; the decoder will
   * report them.
   *
   * @returns Whether the active parameter sets have changed.
   */
  observe(units: NalIndex): boolean {
    let changed = false;
    let before: readonly Uint8Array[] | undefined;
    for (let i = 0; i < units.count; i++) {
      const kind = nalKind(this.codec, units.header(i));
      if (kind === "slice") break;
      before ??= this.#all();
      if (kind === "key-slice" && this.#keepActive(units.view(i))) changed = true;
      if (kind === "key-slice") break;
      if (kind === "vps" || kind === "sps" || kind === "pps") {
        if (this.#remember(kind, units.view(i))) changed = true;
      }
    }
    // Some encoders send inactive parameter sets with each key frame, which is no change.
    return changed && !equalSets(before ?? [], this.#all());
  }

  /**
   * Returns an access unit's bytes. If it is a key frame without all types of parameter sets, all known ones are inserted at
   * the start, after an access unit delimiter.
   *
   * @param units The access unit; {@linkcode observe} it first.
   * @returns The scanned array itself if nothing is missing or not all parameter sets are known.
   */
  inFrontOf(units: NalIndex): Uint8Array {
    const data = units.data;
    if (!this.complete || !this.#lacksSets(units)) return data;
    const sets = [...this.vps, ...this.sps, ...this.pps];
    const added = sets.reduce((sum, set) => sum + START_CODE_BYTES + set.length, 0);
    const delimited = nalKind(this.codec, units.header(0)) === "delimiter";
    const head = delimited ? units.end(0) : 0;
    const result = new Uint8Array(data.length + added);
    result.set(data.subarray(0, head));
    let offset = head;
    for (const set of sets) {
      result[offset + 3] = 1;
      result.set(set, offset + START_CODE_BYTES);
      offset += START_CODE_BYTES + set.length;
    }
    result.set(data.subarray(head), offset);
    return result;
  }

  /** Returns whether these parameter sets are equal, byte for byte. */
  equals({ vps, sps, pps }: ParameterSetList): boolean {
    return equalSets(this.#all(), [...vps, ...sps, ...pps]);
  }

  #lacksSets(units: NalIndex): boolean {
    let vps = this.codec === "h264";
    let sps = false;
    let pps = false;
    for (let i = 0; i < units.count; i++) {
      const kind = nalKind(this.codec, units.header(i));
      if (kind === "slice") return false;
      if (kind === "key-slice") return !(vps && sps && pps);
      if (kind === "vps") vps = true;
      if (kind === "sps") sps = true;
      if (kind === "pps") pps = true;
    }
    return false;
  }

  /** Removes the sets that do not belong to the SPS of a key picture. Returns whether there were any. */
  #keepActive(slice: Uint8Array): boolean {
    const { vps, sps, pps } = this.#byId;
    const active = pps.get(ppsIdOfKeySlice(this.codec, slice) ?? -1);
    const spsId = active && spsIdOfPps(this.codec, active);
    const activeSps = spsId === undefined ? undefined : sps.get(spsId);
    if (activeSps === undefined) return false;
    const vpsId = this.codec === "h265" ? vpsIdOfSps(activeSps) : undefined;
    return [
      keepOnly(sps, (id) => id === spsId),
      keepOnly(pps, (_, nal) => spsIdOfPps(this.codec, nal) === spsId),
      keepOnly(vps, (id) => id === vpsId),
    ].includes(true);
  }

  #remember(kind: ParameterSetKind, nal: Uint8Array): boolean {
    if (nal.length > MAX_PARAMETER_SET_BYTES) return false;
    const id = this.#idOf(kind, nal);
    if (id === undefined) return false;
    const sets = this.#byId[kind];
    const known = sets.get(id);
    if (known !== undefined && equalBytes(known, nal)) return false;
    sets.set(id, nal.slice());
    return true;
  }

  #idOf(kind: ParameterSetKind, nal: Uint8Array): number | undefined {
    try {
      return parameterSetId(this.codec, kind, nal);
    } catch (error) {
      if (error instanceof BitstreamError) return undefined;
      throw error;
    }
  }

  #all(): readonly Uint8Array[] {
    return [...this.vps, ...this.sps, ...this.pps];
  }

  #sorted(kind: ParameterSetKind): Uint8Array[] {
    return [...this.#byId[kind]].sort(([a], [b]) => a - b).map(([, nal]) => nal);
  }
}

function keepOnly(
  sets: Map<number, Uint8Array>,
  isActive: (id: number, nal: Uint8Array) => boolean,
): boolean {
  const others = [...sets].filter(([id, nal]) => !isActive(id, nal));
  for (const [id] of others) sets.delete(id);
  return others.length > 0;
}

function equalSets(a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean {
  return a.length === b.length && a.every((set, i) => equalBytes(set, b[i]!));
}

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
