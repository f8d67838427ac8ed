#ifndef CVM_STREAM_CLOCK_H
#define CVM_STREAM_CLOCK_H

#include "coded_plane.h"

/*
 * The clock of a producer's own stream, which stamps its access units, beside its capture clock, which stamps every
 * frame: where units come and go, time goes on. Zeroed before the first frame.
 */
struct stream_clock {
	int has_begun;
	uint64_t shift_ns;  /* stream clock less capture clock */
	uint64_t latest_ns; /* of all units */
	unsigned behind;    /* units since then that were earlier */
};

/*
 * A frame's time on the stream clock. One without a unit (size 0), or whose unit has no later time than those
 * before it, as with B-frames and where nobody sets it, gets it from its capture time.
 */
uint64_t stream_clock_stamp_ns(struct stream_clock *self, uint64_t capture_ns, const struct coded_plane *unit);

#endif
