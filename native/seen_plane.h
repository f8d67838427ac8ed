#ifndef CVM_SEEN_PLANE_H
#define CVM_SEEN_PLANE_H

#include <stdint.h>

/* A plane of a frame in a segment, and what it looked like when the frame was announced. */
struct seen_plane {
	uint64_t offset, size; /* bytes, from the start of the segment */
	uint64_t fingerprint;
};

#endif
