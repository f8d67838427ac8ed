#ifndef CVM_FINGERPRINT_H
#define CVM_FINGERPRINT_H

#include "export.h"

#include <stdint.h>

/*
 * Detects writes to a frame in shared memory by its metadata and a fingerprint of a plane. Both functions are full
 * memory barriers: reads before a call happen before it, and reads after a call happen after it.
 */

enum {
	CVM_METADATA_SIZE = 256,
};

/* Copies the metadata region out of a mapping. Returns 0, or -1 if the segment shrank. */
CVM_EXPORT int cvm_read_metadata(const uint8_t *segment, uint64_t segment_size, uint8_t out[CVM_METADATA_SIZE]);

/*
 * Hashes cache lines spread over a plane of `size` bytes at `offset` from the start of the segment, including the
 * first ones. Returns 0 if the plane cannot be read.
 */
CVM_EXPORT uint64_t cvm_read_fingerprint(const uint8_t *segment, uint64_t segment_size, uint64_t offset,
					 uint64_t size);

#endif
