/* How long it took from the publishing of frames to the last packets of their access units. */
#ifndef BENCH_LATENCIES_H
#define BENCH_LATENCIES_H

#include "rtp_markers.h"

#include <stdint.h>

/* What was published when, and what of it is measured. */
struct publications {
	const uint64_t *published; /* moments by frame, Unix time in nanoseconds */
	int64_t count;
	int64_t from, frames; /* measured are so many, from this one on */
	unsigned fps;
};

/*
 * Prints the latencies of the measured frames, in milliseconds, as a line of JSON.
 *
 * Which frame an access unit is of: frames carry capture times of exactly one interval's distance, and RTP
 * time is capture time, so the difference of two RTP timestamps says how many frames lie between them,
 * dropped ones too. That leaves one unknown for the whole run, the frame of the first access unit. No
 * access unit can precede its frame, and a wrong guess moves every latency by a whole interval: the
 * guess is the latest that makes none negative. So it holds if the quickest frame of the run took
 * less than an interval; the others may take any time.
 */
void latencies_print(const struct rtp_markers *markers, const struct publications *publications);

#endif
