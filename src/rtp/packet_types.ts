/**
 * H.264 packet type: single-time aggregation packet (RFC 6184, 5.7.1).
 *
 * ```text
 * +---------------+-------------------------------+-----...-----+---
 * |F|NRI|  24     |         NALU 1 Size           | NALU 1      | NALU 2 Size ...
 * +---------------+-------------------------------+-----...-----+---
 * ```
 */
export const STAP_A = 24;

/**
 * H.264 packet type: fragmentation unit without decoding order number (RFC 6184, 5.8).
 *
 * ```text
 * +---------------+---------------+-----...
 * |F|NRI|  28     |S|E|R|  Type   | FU payload
 * +---------------+---------------+-----...
 * ```
 */
export const FU_A = 28;

/**
 * H.265 packet type: aggregation packet (RFC 7798, 4.4.2), without DONL and DOND.
 *
 * ```text
 * +---------------+---------------+-------------------------------+-----...-----+---
 * |F|   48    |  LayerId  |  TID  |         NALU 1 Size           | NALU 1      | NALU 2 Size ...
 * +---------------+---------------+-------------------------------+-----...-----+---
 * ```
 */
export const AP = 48;

/**
 * H.265 packet type: fragmentation unit (RFC 7798, 4.4.3), without DONL.
 *
 * ```text
 * +---------------+---------------+---------------+-----...
 * |F|   49    |  LayerId  |  TID  |S|E|  FuType   | FU payload
 * +---------------+---------------+---------------+-----...
 * ```
 */
export const FU = 49;
