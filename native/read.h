#ifndef CVM_READ_H
#define CVM_READ_H

#include "convert.h"
#include "fingerprint.h"

/*
 * Reading one frame of a cv-mmap segment coherently. There is no lock and no sequence word, so a reader looks at
 * the metadata and at a fingerprint of the plane before and after its copy: the producer writes the plane from
 * its first byte on, then the metadata, then announces the frame.
 */

/* A picture in a segment, and where its samples go. */
struct cvm_picture {
	uint64_t offset; /* of the first pixel, from the start of the segment */
	uint32_t width, height, stride, format; /* as in struct cvm_source */
	struct cvm_planes planes;
};

enum cvm_look {
	CVM_LOOK_SAME = 0,
	CVM_LOOK_METADATA_CHANGED = 1,
	CVM_LOOK_PLANE_CHANGED = 2,
	CVM_LOOK_FAULT = 3, /* the segment shrank under the mapping */
};

/* Bytes from the start of the segment to behind the last pixel. */
uint64_t picture_end(const struct cvm_picture *picture);

/* Converts the picture. 0; -1: it does not lie within the segment, or that shrank. */
int cvm_copy_picture(const struct cvm_picture *picture, const uint8_t *segment, uint64_t segment_size);

/*
 * Whether a frame still stands: its metadata, and its plane of `size` bytes at `offset`, are as they were. Metadata
 * that were zeroed meanwhile do not speak against it: the producer is about to write the next frame, and as
 * long as the plane has not changed it has not begun.
 */
enum cvm_look cvm_look_again(const uint8_t *segment, uint64_t segment_size,
			     const uint8_t metadata[CVM_METADATA_SIZE], uint64_t offset, uint64_t size,
			     uint64_t fingerprint);

#endif
