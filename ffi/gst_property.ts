import { gobject, gst } from "./gst_symbols.ts";
import { cString } from "./library.ts";

/** `GParamSpec`: offsets of its value's type, and of what the specification of a number adds. */
const PARAM_SPEC = { valueType: 24, first: 72, second32: 76, second64: 80 } as const;

const { first, second32, second64 } = PARAM_SPEC;

/** How a number's least and greatest value lie there, by its type's fundamental number. */
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

/** What a property takes. */
export interface NumberRange {
  readonly min: number;
  readonly max: number;
}

/** What became of a value: `absent`: this version of the element has no such property. */
export type PropertyOutcome = "set" | "absent" | {
  readonly taken: number;
  readonly range: NumberRange;
};

/**
 * Sets a property of an element from its text form. A number outside of its range becomes the nearest in it, of which
 * the outcome tells: GObject would take the default in its place, with a warning for nobody.
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
