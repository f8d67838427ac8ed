#ifndef CVM_FINGERPRINT_H
#define CVM_FINGERPRINT_H

#include <stdint.h>

/*
 * What shows whether anybody wrote to a frame in shared memory: its metadata, and a fingerprint of a plane.
 * Reads of the program before a look come before it, and those behind it after it.
 */

enum {
	CVM_METADATA_SIZE = 256,
};

/* Copies the metadata region out of a mapping. -1: the segment shrank under it. */
int cvm_read_metadata(const uint8_t *segment, uint64_t segment_size, uint8_t out[CVM_METADATA_SIZE]);

/*
 * A hash over cache lines spread over a plane of `size` bytes at `offset` from the start of the segment, its first
 * ones among them. 0: it could not be read.
 */
uint64_t cvm_read_fingerprint(const uint8_t *segment, uint64_t segment_size, uint64_t offset, uint64_t size);

#endif
