#ifndef CVM_MEDIA_CLOCK_H
#define CVM_MEDIA_CLOCK_H

#include <stdint.h>

/*
 * Media time out of the producer's capture times, which are followed exactly as long as they make sense as a
 * whole: they must advance as time does. Frames may be late, by any time for which no frame had arrived, and
 * catch up. A clock that repeats, runs backwards, runs at another rate or jumps is not followed: media time is
 * then the time of arrival, until the clock has been right for five seconds. Whatever the clock does, media time
 * does not drift from elapsed time.
 *
 * Zeroed before the first frame. Times are microseconds unless their names say otherwise.
 */
struct cvm_media_clock {
	uint64_t start_ns, last_ns; /* arrivals of the first frame and of the last one */
	uint64_t pts;
	double last_capture;
	double origin;        /* what the capture clock shows at media time 0 */
	double skew;          /* added to the time since the first arrival, to fit a clock that runs a little apart */
	double usual;         /* interval of arrivals */
	double lateness;
	double explained;     /* the part of the lateness that stalls explain */
	double least;         /* lateness since the last stall, */
	double least_for;     /* and for how long it has been the least */
	double followed_from; /* elapsed time from which on the capture clock is followed */
	uint32_t is_followed; /* for the last frame */
};

struct cvm_media_time {
	uint64_t pts_us;          /* since the first frame; strictly increasing */
	uint64_t capture_unix_us; /* of arrival, where the producer's clock is no Unix time, or is not followed */
	uint32_t followed;        /* 0: media time goes by arrivals, since capture times do not run as time does */
};

/* Places the next frame, captured at `stamp_ns` by the producer's clock, and arrived on CLOCK_MONOTONIC. */
void cvm_media_clock_place(struct cvm_media_clock *self, uint64_t stamp_ns, uint64_t arrived_ns,
			   uint64_t arrived_unix_us, struct cvm_media_time *out);

/* Unix time in microseconds of a capture at `stamp_ns`; of arrival, where the stamp cannot be Unix time. */
uint64_t media_clock_unix_us(uint64_t stamp_ns, uint64_t arrived_unix_us);

#endif
