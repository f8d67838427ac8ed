/**
 * Aggregation packet (RFC 7798, 4.4.2), without DONL and DOND.
 *
 * ```text
 * +---------------+---------------+-------------------------------+-----...-----+---
 * |F|   48    |  LayerId  |  TID  |         NALU 1 Size           | NALU 1      | NALU 2 Size ...
 * +---------------+---------------+-------------------------------+-----...-----+---
 * ```
 */
export const AP = 48;

/**
 * Fragmentation unit (RFC 7798, 4.4.3), without DONL.
 *
 * ```text
 * +---------------+---------------+---------------+-----...
 * |F|   49    |  LayerId  |  TID  |S|E|  FuType   | FU payload
 * +---------------+---------------+---------------+-----...
 * ```
 */
export const FU = 49;
