#ifndef CVM_EVENT_RING_H
#define CVM_EVENT_RING_H

#include "fingerprint.h"
#include "media_clock.h"
#include "wakeups.h"

#include <pthread.h>

/* The events of a frame reader, in the order in which they happened. */

enum {
	CVM_MESSAGE_CAPACITY = 64, /* longer than any message of the contract */
	EVENT_RING_CAPACITY = 256,
};

enum cvm_event_kind {
	CVM_EVENT_FRAME = 0,        /* a sync message, and the result for its frame */
	CVM_EVENT_MESSAGE = 1,      /* any other message */
	CVM_EVENT_CONNECTED = 2,
	CVM_EVENT_DISCONNECTED = 3,
	CVM_EVENT_FAILED = 4,       /* a socket could not be created; the reader retries */
};

enum cvm_frame_result {
	CVM_FRAME_WHOLE = 0,        /* the frame is in the memory on offer, and the offer is used up */
	CVM_FRAME_METADATA_CHANGED = 1,
	CVM_FRAME_PLANE_CHANGED = 2,
	CVM_FRAME_FAULT = 3,        /* the segment shrank, or shrank and grew again */
	CVM_FRAME_LATE = 4,         /* the copy took too long, or a newer frame was announced in the meantime */
	CVM_FRAME_OTHER = 5,        /* the metadata describe another frame */
	CVM_FRAME_UNFINISHED = 6,   /* the producer is still writing the metadata */
	CVM_FRAME_WAITING = 7,      /* no suitable memory is on offer; the frame is read once there is, if unchanged */
	CVM_FRAME_ABSENT = 8,       /* the segment is missing or too small */
	CVM_FRAME_CODED = 9,        /* only the access unit was wanted, and it was read */
};

struct cvm_event {
	uint32_t kind;              /* enum cvm_event_kind */
	uint32_t result;            /* enum cvm_frame_result of a frame */
	int32_t error;              /* errno of CVM_FRAME_ABSENT (0: too small) and CVM_EVENT_FAILED */
	uint32_t length;            /* of the message; a longer one than the capacity is truncated */
	uint32_t announcements;     /* sync messages since the last frame event, including this one; 0: the frame had
	                             * been waiting */
	uint32_t mappings;          /* number of times a segment has been mapped */
	uint64_t number;            /* of the sync message, from 1 */
	uint64_t arrived_ns;        /* CLOCK_MONOTONIC */
	uint64_t arrived_unix_us;
	uint64_t ended_ns;          /* end of the copy, CLOCK_MONOTONIC */
	uint64_t segment_size;
	uint8_t message[CVM_MESSAGE_CAPACITY];
	uint8_t metadata[CVM_METADATA_SIZE]; /* of a frame, as found when it was announced */
	uint32_t settled;           /* 1: the result was determined after the settle time */
	uint32_t prompt;            /* 1: the thread was idle when the message came; 0: it was busy */
	struct cvm_media_time time; /* of a frame whose picture or access unit was read */
	uint32_t handed_over;       /* 1: the taker has the frame, or is about to get it */
	uint32_t unit_size;         /* bytes of the access unit; 0: none was read */
	uint8_t *unit;              /* allocated from unit_memory */
};

struct event_ring {
	pthread_mutex_t lock; /* protects all that follows */
	struct cvm_event events[EVENT_RING_CAPACITY];
	uint64_t posted, taken; /* positions that only grow */
	struct cvm_wakeups *wakeups;
	uint32_t id;
};

/* Initializes the ring; it raises `id` for every event. */
void event_ring_init(struct event_ring *self, struct cvm_wakeups *wakeups, uint32_t id);
void event_ring_destroy(struct event_ring *self);

/* Returns whether there is room for another event. */
int event_ring_has_room(struct event_ring *self);

/* Adds an event. Returns 0 if the ring is full. */
int event_ring_post(struct event_ring *self, const struct cvm_event *event);

/* Moves the oldest event to *out. Returns 0 if the ring is empty. */
int event_ring_take(struct event_ring *self, struct cvm_event *out);

#endif
