/** Layout of a 4:2:0 picture, planar or semi-planar. Offsets and strides are in bytes. */
export interface PlaneLayout {
  readonly yOffset: number;
  readonly uOffset: number;
  readonly vOffset: number;
  readonly yStride: number;
  readonly uvStride: number;
  /** Bytes from one U sample to the next. 1: separate planes (I420); 2: interleaved with V (NV12). */
  readonly chromaStep: 1 | 2;
  readonly matrix: "bt601" | "bt709";
}
