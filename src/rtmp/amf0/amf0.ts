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

/** What AMF0 can say. Strict arrays are arrays; a short and a long string are both strings. */
export type AmfValue =
  | number
  | boolean
  | string
  | null
  | undefined
  | Date
  | AmfEcmaArray
  | AmfTypedObject
  | AmfXml
  | AmfObject
  | readonly AmfValue[];

/** An anonymous object. Names from outside are own properties, `__proto__` like any other. */
export interface AmfObject {
  /** A property. */
  readonly [name: string]: AmfValue;
}

/** An array with names for indices. On the wire it differs from an object, and `onMetaData` is one. */
export class AmfEcmaArray {
  /** Makes one of its entries. */
  constructor(
    /** The entries. */
    readonly properties: AmfObject,
  ) {}
}

/** An object of a registered class. */
export class AmfTypedObject {
  /** Makes one of its class and properties. */
  constructor(
    /** Name of the class, at most 65,535 bytes of UTF-8. */
    readonly className: string,
    /** The properties. */
    readonly properties: AmfObject,
  ) {}
}

/** An XML document, not looked into. */
export class AmfXml {
  /** Makes one of its text. */
  constructor(
    /** The document. */
    readonly text: string,
  ) {}
}

/** The properties of an object of any kind, or undefined for another value. */
export function propertiesOf(value: AmfValue): AmfObject | undefined {
  if (value instanceof AmfEcmaArray || value instanceof AmfTypedObject) return value.properties;
  return isObject(value) ? value : undefined;
}

/** A property that must be text to count, or undefined. */
export function textOf(value: AmfValue, name: string): string | undefined {
  const properties = propertiesOf(value);
  if (properties === undefined || !Object.hasOwn(properties, name)) return undefined;
  const property = properties[name];
  return typeof property === "string" ? property : undefined;
}

function isObject(value: AmfValue): value is AmfObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    !(value instanceof Date) && !(value instanceof AmfXml);
}
