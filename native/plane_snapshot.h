#ifndef CVM_PLANE_SNAPSHOT_H
#define CVM_PLANE_SNAPSHOT_H

#include <stdint.h>

/* A plane of a frame in a segment, and its fingerprint when the frame was announced. */
struct plane_snapshot {
	uint64_t offset, size; /* bytes, from the start of the segment */
	uint64_t fingerprint;
};

#endif
