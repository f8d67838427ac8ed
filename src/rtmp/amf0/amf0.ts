/** Type markers of AMF0 (Action Message Format AMF 0, 2.1). */
export const AmfMarker = {
  Number: 0x00,
  Boolean: 0x01,
  String: 0x02,
  Object: 0x03,
  MovieClip: 0x04,
  Null: 0x05,
  Undefined: 0x06,
  Reference: 0x07,
  EcmaArray: 0x08,
  ObjectEnd: 0x09,
  StrictArray: 0x0a,
  Date: 0x0b,
  LongString: 0x0c,
  Unsupported: 0x0d,
  RecordSet: 0x0e,
  XmlDocument: 0x0f,
  TypedObject: 0x10,
  AvmPlus: 0x11,
} as const;

/** An AMF0 value. Strict arrays are arrays; short and long strings are both strings. */
export type AmfValue =
  | number
  | boolean
  | string
  | null
  | undefined
  | Date
  | AmfEcmaArray
  | AmfObject
  | readonly AmfValue[];

/** An anonymous object. Decoded names are own properties, even `__proto__`. */
export interface AmfObject {
  /** A property. */
  readonly [name: string]: AmfValue;
}

/** An associative array, which AMF0 encodes differently from an object. `onMetaData` holds one. */
export class AmfEcmaArray {
  /** Creates an array from its entries. */
  constructor(
    /** The entries. */
    readonly properties: AmfObject,
  ) {}
}

/** Returns the properties of an object or ECMA array, or undefined for other values. */
export function propertiesOf(value: AmfValue): AmfObject | undefined {
  if (value instanceof AmfEcmaArray) return value.properties;
  return isObject(value) ? value : undefined;
}

/** Returns a property that is a string, or undefined. */
export function textOf(value: AmfValue, name: string): string | undefined {
  const properties = propertiesOf(value);
  if (properties === undefined || !Object.hasOwn(properties, name)) return undefined;
  const property = properties[name];
  return typeof property === "string" ? property : undefined;
}

function isObject(value: AmfValue): value is AmfObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    !(value instanceof Date);
}
