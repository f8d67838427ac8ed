import { gobject, gst } from "./gst_symbols.ts";
import { cString } from "./library.ts";

/** `GParamSpec`: offsets of the value type, and of the fields of a numeric specification. */
const PARAM_SPEC = { valueType: 24, first: 72, second32: 76, second64: 80 } as const;

const { first, second32, second64 } = PARAM_SPEC;

/** Reads a numeric property's range, by fundamental type. */
const RANGES: Readonly<Record<string, (spec: Deno.UnsafePointerView) => NumberRange>> = {
  [6 << 2]: (spec) => ({ min: spec.getInt32(first), max: spec.getInt32(second32) }), // gint
  [7 << 2]: (spec) => ({ min: spec.getUint32(first), max: spec.getUint32(second32) }), // guint
  [10 << 2]: (spec) => ({
    min: Number(spec.getBigInt64(first)),
    max: Number(spec.getBigInt64(second64)),
  }),
  [11 << 2]: (spec) => ({
    min: Number(spec.getBigUint64(first)),
    max: Number(spec.getBigUint64(second64)),
  }),
};

/** The allowed values of a numeric property. */
export interface NumberRange {
  readonly min: number;
  readonly max: number;
}

/**
 * The result of setting a property: `set`; `absent` if this version of the element has no such property; or the value
 * used instead of one out of range.
 */
export type PropertyOutcome = "set" | "absent" | {
  readonly taken: number;
  readonly range: NumberRange;
};

/**
 * Sets a property of an element from its text form. A number out of range is clamped, which the result reports. GObject
 * would use the default instead and only print a warning.
 */
export function setProperty(
  element: Deno.PointerObject,
  name: string,
  value: string | number,
): PropertyOutcome {
  const property = cString(name);
  const type = new Deno.UnsafePointerView(element).getPointer(0);
  const spec = gobject().g_object_class_find_property(type, property);
  if (spec === null) return "absent";
  const range = typeof value === "number" ? rangeOf(spec) : undefined;
  const taken = range === undefined
    ? value
    : Math.min(Math.max(Number(value), range.min), range.max);
  gst().gst_util_set_object_arg(element, property, cString(`${taken}`));
  return taken === value || range === undefined ? "set" : { taken: Number(taken), range };
}

function rangeOf(spec: Deno.PointerObject): NumberRange | undefined {
  const view = new Deno.UnsafePointerView(spec);
  return RANGES[`${view.getBigUint64(PARAM_SPEC.valueType)}`]?.(view);
}
