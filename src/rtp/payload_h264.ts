/**
 * Aggregation packet of NAL units of one time (RFC 6184, 5.7.1).
 *
 * ```text
 * +---------------+-------------------------------+-----...-----+---
 * |F|NRI|  24     |         NALU 1 Size           | NALU 1      | NALU 2 Size ...
 * +---------------+-------------------------------+-----...-----+---
 * ```
 */
export const STAP_A = 24;

/**
 * Fragmentation unit without decoding order number (RFC 6184, 5.8).
 *
 * ```text
 * +---------------+---------------+-----...
 * |F|NRI|  28     |S|E|R|  Type   | FU payload
 * +---------------+---------------+-----...
 * ```
 */
export const FU_A = 28;
