/** A colour, each component 0 to 255. */
export interface Rgb {
  /** Red. */
  readonly r: number;
  /** Green. */
  readonly g: number;
  /** Blue. */
  readonly b: number;
}

/** Luma and chroma of limited range: 16 to 235, and 16 to 240 around 128. */
export interface Yuv {
  /** Luma. */
  readonly y: number;
  /** Chroma, blue less luma. */
  readonly u: number;
  /** Chroma, red less luma. */
  readonly v: number;
}

/** Weights of red and blue in luma. */
export interface Matrix {
  /** Weight of red. */
  readonly kr: number;
  /** Weight of blue; that of green is the rest to 1. */
  readonly kb: number;
}

const BT601: Matrix = { kr: 0.299, kb: 0.114 };
const BT709: Matrix = { kr: 0.2126, kb: 0.0722 };

/** The matrix that players assume for a height: ITU-R BT.709 from 720 rows up, BT.601 below. */
export function matrixFor(height: number): Matrix {
  return height >= 720 ? BT709 : BT601;
}

/** Luminance of full range, 0 to 255. */
export function grayOf({ r, g, b }: Rgb, { kr, kb }: Matrix): number {
  return Math.round(kr * r + (1 - kr - kb) * g + kb * b);
}

/** The colour in limited range (ITU-R BT.601-7 section 2.5, BT.709-6 section 3). */
export function yuvOf({ r, g, b }: Rgb, { kr, kb }: Matrix): Yuv {
  const luma = kr * r + (1 - kr - kb) * g + kb * b;
  return {
    y: Math.round(16 + luma * 219 / 255),
    u: Math.round(128 + (b - luma) / (1 - kb) * 112 / 255),
    v: Math.round(128 + (r - luma) / (1 - kr) * 112 / 255),
  };
}
