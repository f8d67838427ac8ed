#ifndef CVM_MEDIA_CLOCK_H
#define CVM_MEDIA_CLOCK_H

#include "export.h"

#include <stdint.h>

/*
 * Derives media time from the producer's capture times, which it follows exactly as long as they advance at the rate
 * of real time. Frames may be late by any period in which no frame arrived, from the sixth interval on, and then catch
 * up by at least 0.15 s in each second. A clock that repeats, runs backwards, runs at another rate or jumps is not
 * followed: media time is then the arrival time, until the capture clock has been correct for five seconds. In every
 * case media time does not drift from elapsed time.
 *
 * Zero the structure before the first frame. Times are microseconds unless their names say otherwise.
 */
struct cvm_media_clock {
	uint64_t start_ns, last_ns; /* arrivals of the first and the last frame */
	uint64_t pts;
	double last_capture;
	double origin;           /* capture time at media time 0 */
	double skew;             /* added to the time since the first arrival to follow a slightly different rate */
	double usual_interval;   /* average interval between arrivals */
	double intervals;        /* the number of intervals so far */
	double lateness;
	double explained;        /* the part of the lateness that stalls explain */
	double followed_from;    /* elapsed time from which the capture clock is followed */
	uint32_t is_followed;    /* for the last frame */
};

struct cvm_media_time {
	uint64_t pts_us;          /* since the first frame; strictly increasing */
	uint64_t capture_unix_ns; /* the arrival time if the producer's clock is not Unix time or is not followed */
	uint32_t followed;        /* 0: media time is the arrival time, because the capture clock is not followed */
};

/* Places the next frame, captured at `stamp_ns` on the producer's clock. `arrived_ns` is CLOCK_MONOTONIC. */
CVM_EXPORT void cvm_media_clock_place(struct cvm_media_clock *self, uint64_t stamp_ns, uint64_t arrived_ns,
				      uint64_t arrived_unix_us, struct cvm_media_time *out);

/* Returns the Unix time of a capture in nanoseconds, or that of the arrival if the stamp cannot be Unix time. */
uint64_t media_clock_unix_ns(uint64_t stamp_ns, uint64_t arrived_unix_us);

#endif
