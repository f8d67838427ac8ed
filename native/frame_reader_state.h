#ifndef CVM_FRAME_READER_STATE_H
#define CVM_FRAME_READER_STATE_H

#include "frame_reader.h"

#include "announced_frame.h"
#include "last_frame.h"
#include "stream_clock.h"
#include "unit_memory.h"

/* The state of a frame reader, for its own sources only. */
struct cvm_frame_reader {
	char *endpoint, *segment_name;
	pthread_t thread;
	int wake; /* eventfd: memory was offered for a waiting frame, or the reader is closing */
	struct event_ring events;
	struct offered_memory memory;
	struct unit_memory units;
	uint8_t *taken; /* the access unit of the event taken last; freed when the next one is taken */

	/* Used only by the thread */
	struct inbox inbox;
	struct announced_frame frame;
	struct cvm_media_clock clock;
	struct cvm_taker taker; /* of the frame just read; without a source, JavaScript passes the frame on */
	struct stream_clock stream_clock;
	uint64_t reported; /* number of the last sync message reported by an event */

	struct producer_view view;
	pthread_mutex_t mapping; /* held by the thread while it changes `view`, and by others while they read it */

	struct last_frame last_frame;

	pthread_mutex_t lock; /* protects all that follows */
	int closing;
	uint64_t limit_ns, settle_ns;
	struct cvm_wish wish;
};

#endif
