import type { LumaPlane } from "./luma_plane.ts";
import { matrixFor } from "./colour.ts";
import { type PictureGeometry, strideOf } from "./picture_geometry.ts";

/** Computes the luma of a painted picture, for tests. It shares no conversion code with the painter or the product. */
export function lumaOf(bytes: Uint8Array, geometry: PictureGeometry): LumaPlane {
  const { width, height, pixelFormat } = geometry;
  const { kr, kb } = matrixFor(height);
  const stride = strideOf(geometry);
  const samples = new Uint8Array(width * height);
  const weighted = (r = 0, g = 0, b = 0): number =>
    16 + (kr * r + (1 - kr - kb) * g + kb * b) * 219 / 255;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const row = y * stride;
      const [a, b, c] = bytes.subarray(row + 3 * x, row + 3 * x + 3);
      const [d, e, f] = bytes.subarray(row + 4 * x, row + 4 * x + 3);
      const luma = {
        rgb: weighted(a, b, c),
        bgr: weighted(c, b, a),
        rgba: weighted(d, e, f),
        bgra: weighted(f, e, d),
        gray: weighted(bytes[row + x], bytes[row + x], bytes[row + x]),
        yuv: a ?? 0,
        yuyv: bytes[row + 2 * x] ?? 0,
      }[pixelFormat];
      samples[y * width + x] = Math.round(luma);
    }
  }
  return { samples, strideBytes: width, width, height };
}
