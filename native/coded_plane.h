#ifndef CVM_CODED_PLANE_H
#define CVM_CODED_PLANE_H

#include "fingerprint.h"

/* The access unit that a producer has encoded itself, in slot 3 of the metadata from version 2.1 on. */
struct coded_plane {
	uint64_t offset; /* of its first byte, from the start of the segment */
	uint64_t size;   /* bytes, more than 0 */
	uint64_t pts_ns; /* its presentation time on the producer's stream clock */
};

/*
 * Finds the access unit in the metadata of a frame. 0: there is none in this codec (1 H.264, 2 H.265) as Annex B
 * that lies within the segment.
 */
int coded_plane_find(const uint8_t metadata[CVM_METADATA_SIZE], uint64_t segment_size, uint32_t codec,
		     struct coded_plane *out);

/* Copies it. 0; -1: the segment shrank. */
int coded_plane_copy(const struct coded_plane *plane, const uint8_t *segment, uint64_t segment_size, uint8_t *to);

#endif
