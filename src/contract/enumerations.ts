/**
 * The enumerations of the cv-mmap contract. A value's index in its list is its code on the wire.
 */

/** Order of the channels of a pixel: `yuv` is packed 4:4:4, `yuyv` packed 4:2:2. */
export type PixelFormat = "rgb" | "bgr" | "rgba" | "bgra" | "gray" | "yuv" | "yuyv";

/** Type of one channel of a pixel. */
export type Depth = "u8" | "s8" | "u16" | "s16" | "s32" | "f32" | "f64" | "f16";

/** Unit of the values of a depth plane. */
export type DepthUnit = "unknown" | "millimetre" | "metre";

/** Codec of a producer's own access unit (v2.1). */
export type EncodedCodec = "unknown" | "h264" | "h265";

/** Format of a producer's own access unit (v2.1). */
export type BitstreamFormat = "unknown" | "annex_b";

/** Codes 0 to 6 of the field `pixel_format`. */
export const PIXEL_FORMATS: readonly PixelFormat[] = [
  "rgb",
  "bgr",
  "rgba",
  "bgra",
  "gray",
  "yuv",
  "yuyv",
];

/** Codes 0 to 7 of the field `depth`. */
export const DEPTHS: readonly Depth[] = ["u8", "s8", "u16", "s16", "s32", "f32", "f64", "f16"];

/** Codes 0 to 2 of the field `depth_unit`. */
export const DEPTH_UNITS: readonly DepthUnit[] = ["unknown", "millimetre", "metre"];

/** Codes 0 to 2 of the encoded extension's field `codec`. */
export const ENCODED_CODECS: readonly EncodedCodec[] = ["unknown", "h264", "h265"];

/** Codes 0 and 1 of the encoded extension's field `bitstream_format`. */
export const BITSTREAM_FORMATS: readonly BitstreamFormat[] = ["unknown", "annex_b"];

const CHANNELS: Readonly<Record<PixelFormat, number>> = {
  rgb: 3,
  bgr: 3,
  rgba: 4,
  bgra: 4,
  gray: 1,
  yuv: 3,
  yuyv: 2,
};

const BYTES: Readonly<Record<Depth, number>> = {
  u8: 1,
  s8: 1,
  u16: 2,
  s16: 2,
  s32: 4,
  f32: 4,
  f64: 8,
  f16: 2,
};

/**
 * Returns the number of channels of a pixel: 1 to 4. The two of `yuyv` are a luma sample and, alternating, one of the two
 * chroma samples that a pair of pixels shares.
 */
export function channelsOf(format: PixelFormat): number {
  return CHANNELS[format];
}

/** Returns the bytes of one channel: 1, 2, 4 or 8. */
export function bytesOf(depth: Depth): number {
  return BYTES[depth];
}
