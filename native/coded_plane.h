#ifndef CVM_CODED_PLANE_H
#define CVM_CODED_PLANE_H

#include "export.h"
#include "fingerprint.h"

/* An access unit encoded by the producer itself, in slot 3 of the metadata (version 2.1 and later). */
struct coded_plane {
	uint64_t offset; /* of its first byte, from the start of the segment */
	uint64_t size;   /* bytes, more than 0 */
	uint64_t pts_ns; /* presentation time on the producer's stream clock */
};

/*
 * Finds the access unit in a frame's metadata. Returns 0 unless there is one in this codec (1 H.264, 2 H.265), as
 * Annex B, that lies within the segment.
 */
int coded_plane_find(const uint8_t metadata[CVM_METADATA_SIZE], uint64_t segment_size, uint32_t codec,
		     struct coded_plane *out);

/* Copies the access unit. Returns 0, or -1 if the segment shrank. */
CVM_EXPORT int cvm_coded_plane_copy(const struct coded_plane *plane, const uint8_t *segment,
				    uint64_t segment_size, uint8_t *to);

#endif
