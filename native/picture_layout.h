#ifndef CVM_PICTURE_LAYOUT_H
#define CVM_PICTURE_LAYOUT_H

#include "fingerprint.h"

/* What a reader of the picture has to know of the metadata of a frame, of every version of the contract. */

enum {
	CVM_LAYOUT_SIZE = 32,
};

/*
 * The part of a frame's metadata that describes its picture, as it is: the version's major number, and v1's
 * bytes 24 to 35 or the LEFT descriptor of v2. All others may change from frame to frame.
 */
void cvm_picture_layout(const uint8_t metadata[CVM_METADATA_SIZE], uint8_t layout[CVM_LAYOUT_SIZE]);

/* The number of the frame. */
uint32_t picture_frame_count(const uint8_t metadata[CVM_METADATA_SIZE]);

/* Its capture time by the producer's clock. */
uint64_t picture_stamp_ns(const uint8_t metadata[CVM_METADATA_SIZE]);

/* Bytes of the plane that has the picture, as far as the segment goes. */
uint64_t picture_plane_size(const uint8_t metadata[CVM_METADATA_SIZE], uint64_t segment_size);

/* Whether these are the metadata of a frame in the making: nothing but the magic. */
int picture_is_unfinished(const uint8_t metadata[CVM_METADATA_SIZE]);

#endif
