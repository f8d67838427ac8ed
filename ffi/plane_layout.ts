/** Where the samples of a picture go: 4:2:0, planar or half-planar. Offsets and strides in bytes. */
export interface PlaneLayout {
  readonly yOffset: number;
  readonly uOffset: number;
  readonly vOffset: number;
  readonly yStride: number;
  readonly uvStride: number;
  /** 1: U and V in planes of their own (I420); 2: interleaved (NV12). */
  readonly chromaStep: 1 | 2;
  readonly matrix: "bt601" | "bt709";
}
