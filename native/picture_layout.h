#ifndef CVM_PICTURE_LAYOUT_H
#define CVM_PICTURE_LAYOUT_H

#include "export.h"
#include "fingerprint.h"

/* Reads what a frame's metadata say of its picture, for every version of the contract. */

enum {
	CVM_LAYOUT_SIZE = 32,
};

/*
 * Copies the part of a frame's metadata that describes its picture: the major version, and bytes 24 to 35 of v1 or the
 * LEFT descriptor of v2. All other bytes may change from frame to frame.
 */
CVM_EXPORT void cvm_picture_layout(const uint8_t metadata[CVM_METADATA_SIZE], uint8_t layout[CVM_LAYOUT_SIZE]);

/* Returns the number of the frame. */
uint32_t picture_frame_count(const uint8_t metadata[CVM_METADATA_SIZE]);

/* Returns the capture time on the producer's clock. */
uint64_t picture_stamp_ns(const uint8_t metadata[CVM_METADATA_SIZE]);

/* Returns the bytes of the plane that holds the picture, at most up to the end of the segment. */
uint64_t picture_plane_size(const uint8_t metadata[CVM_METADATA_SIZE], uint64_t segment_size);

/* Returns whether the producer is still writing the frame: everything but the magic is 0. */
int picture_is_unfinished(const uint8_t metadata[CVM_METADATA_SIZE]);

#endif
