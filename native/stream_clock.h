#ifndef CVM_STREAM_CLOCK_H
#define CVM_STREAM_CLOCK_H

#include "coded_plane.h"

/*
 * Maps capture times to the producer's stream clock. The capture clock stamps every frame, the stream clock only
 * frames with an access unit; the mapping keeps time continuous when access units come and go. Zero the structure
 * before the first frame.
 */
struct stream_clock {
	int has_begun;
	uint64_t shift_ns;    /* stream clock minus capture clock */
	uint64_t latest_ns;   /* of all units */
	unsigned stale_units; /* units since the latest one that were earlier than it */
};

/*
 * Returns a frame's time on the stream clock. It is derived from the capture time if the frame has no unit (size 0) or
 * its unit is not later than those before it, which happens with B-frames and with producers that do not set it.
 */
uint64_t stream_clock_stamp_ns(struct stream_clock *self, uint64_t capture_ns, const struct coded_plane *unit);

#endif
