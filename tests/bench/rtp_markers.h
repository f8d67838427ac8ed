/* Receives RTP and records when the last packet of each access unit arrives. */
#ifndef BENCH_RTP_MARKERS_H
#define BENCH_RTP_MARKERS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

struct rtp_marker {
	uint32_t timestamp; /* RTP timestamp */
	uint64_t arrived_ns; /* Unix time */
};

struct rtp_markers {
	int rtp, rtcp;
	uint16_t port; /* RTP port, even; RTCP uses the next one */
	pthread_t thread;
	atomic_int ending;
	atomic_uint count; /* number of markers that may be read */
	atomic_ulong packets, bytes;
	uint32_t capacity;
	struct rtp_marker *markers;
};

/* Binds a pair of free loopback ports and starts to receive. Returns 0 or -errno. */
int rtp_markers_start(struct rtp_markers *self, uint32_t capacity);

/* Stops receiving. The recorded markers remain valid. */
void rtp_markers_stop(struct rtp_markers *self);

#endif
