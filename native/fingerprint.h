#ifndef CVM_FINGERPRINT_H
#define CVM_FINGERPRINT_H

#include <stdint.h>

/*
 * What shows whether anybody wrote to a frame in shared memory: its metadata, and a fingerprint of its payload.
 * Reads of the program before a look come before it, and those behind it after it.
 */

enum {
	CVM_METADATA_SIZE = 256,
};

/* Copies the metadata region out of a mapping. -1: the segment shrank under it. */
int cvm_read_metadata(const uint8_t *segment, uint64_t segment_size, uint8_t out[CVM_METADATA_SIZE]);

/* A hash over cache lines spread over the payload, its first ones among them. 0: it could not be read. */
uint64_t cvm_read_fingerprint(const uint8_t *segment, uint64_t segment_size, uint64_t payload_size);

#endif
