/* Latencies from publishing frames to the last packets of their access units. */
#ifndef BENCH_LATENCIES_H
#define BENCH_LATENCIES_H

#include "rtp_markers.h"

#include <stdint.h>

/* The published frames, and which of them are measured. */
struct publications {
	const uint64_t *published; /* time of publishing by frame, Unix time in nanoseconds */
	int64_t count;
	int64_t from, frames; /* first measured frame, and number of measured frames */
	unsigned fps;
};

/*
 * Prints the latencies of the measured frames, in milliseconds, as a line of JSON.
 *
 * Access units are assigned to frames by their RTP timestamps. Capture times are exactly one interval apart, and RTP
 * time is capture time, so the difference of two RTP timestamps is the number of frames between them, including
 * dropped ones. The only unknown is the frame of the first access unit. A wrong guess shifts every latency by a whole
 * interval, and no latency can be negative, so the latest frame that makes none negative is used. This is correct if
 * the fastest frame of the run took less than an interval; the others may take any time.
 */
void latencies_print(const struct rtp_markers *markers, const struct publications *publications);

#endif
