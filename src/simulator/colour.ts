/** An RGB colour; each component is 0 to 255. */
export interface Rgb {
  /** Red. */
  readonly r: number;
  /** Green. */
  readonly g: number;
  /** Blue. */
  readonly b: number;
}

/** A YUV colour in limited range: luma 16 to 235, chroma 16 to 240 with a centre of 128. */
export interface Yuv {
  /** Luma. */
  readonly y: number;
  /** Chroma: scaled difference of blue and luma. */
  readonly u: number;
  /** Chroma: scaled difference of red and luma. */
  readonly v: number;
}

/** The weights of a colour matrix. */
export interface Matrix {
  /** Weight of red. */
  readonly kr: number;
  /** Weight of blue. The weight of green is `1 - kr - kb`. */
  readonly kb: number;
}

const BT601: Matrix = { kr: 0.299, kb: 0.114 };
const BT709: Matrix = { kr: 0.2126, kb: 0.0722 };

/** Returns the matrix that players assume for a height: ITU-R BT.709 from 720 rows up, BT.601 below. */
export function matrixFor(height: number): Matrix {
  return height >= 720 ? BT709 : BT601;
}

/** Converts a colour to gray in full range, 0 to 255. */
export function grayOf({ r, g, b }: Rgb, { kr, kb }: Matrix): number {
  return Math.round(kr * r + (1 - kr - kb) * g + kb * b);
}

/** Converts a colour to YUV in limited range (ITU-R BT.601-7 section 2.5, BT.709-6 section 3). */
export function yuvOf({ r, g, b }: Rgb, { kr, kb }: Matrix): Yuv {
  const luma = kr * r + (1 - kr - kb) * g + kb * b;
  return {
    y: Math.round(16 + luma * 219 / 255),
    u: Math.round(128 + (b - luma) / (1 - kb) * 112 / 255),
    v: Math.round(128 + (r - luma) / (1 - kr) * 112 / 255),
  };
}
