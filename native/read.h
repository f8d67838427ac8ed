#ifndef CVM_READ_H
#define CVM_READ_H

#include "convert.h"
#include "export.h"
#include "fingerprint.h"

/*
 * Reads one frame of a cv-mmap segment coherently. The contract has no lock and no sequence counter, so a reader
 * compares the metadata and a fingerprint of the plane before and after its copy. The producer writes the plane from
 * its first byte on, then the metadata, and then announces the frame.
 */

/* A picture in a segment, and where its samples go. */
struct cvm_picture {
	uint64_t offset; /* of the first pixel, from the start of the segment */
	uint32_t width, height, stride, format; /* like in struct cvm_source */
	struct cvm_planes planes;
};

enum cvm_check {
	CVM_CHECK_UNCHANGED = 0,
	CVM_CHECK_METADATA_CHANGED = 1,
	CVM_CHECK_PLANE_CHANGED = 2,
	CVM_CHECK_FAULT = 3, /* the segment shrank under the mapping */
};

/* Returns the offset of the end of the picture from the start of the segment. */
uint64_t picture_end(const struct cvm_picture *picture);

/* Converts the picture. Returns 0, or -1 if it does not lie within the segment or the segment shrank. */
CVM_EXPORT int cvm_copy_picture(const struct cvm_picture *picture, const uint8_t *segment, uint64_t segment_size);

/*
 * Checks whether a frame is unchanged: its metadata, and its plane of `size` bytes at `offset`. Metadata that were
 * zeroed in the meantime count as unchanged: the producer is about to write the next frame, and has not begun to as
 * long as the plane is unchanged.
 */
CVM_EXPORT enum cvm_check cvm_check_frame(const uint8_t *segment, uint64_t segment_size,
					  const uint8_t metadata[CVM_METADATA_SIZE], uint64_t offset,
					  uint64_t size, uint64_t fingerprint);

#endif
