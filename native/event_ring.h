#ifndef CVM_EVENT_RING_H
#define CVM_EVENT_RING_H

#include "fingerprint.h"
#include "media_clock.h"
#include "wakeups.h"

#include <pthread.h>

/* What a frame reader tells, in the order in which it happened. */

enum {
	CVM_MESSAGE_CAPACITY = 64, /* every message of the contract is shorter */
	EVENT_RING_CAPACITY = 256,
};

enum cvm_event_kind {
	CVM_EVENT_FRAME = 0,        /* a sync message, and what came of its frame */
	CVM_EVENT_MESSAGE = 1,      /* a message that is no sync message */
	CVM_EVENT_CONNECTED = 2,
	CVM_EVENT_DISCONNECTED = 3,
	CVM_EVENT_FAILED = 4,       /* no socket could be made; that will be tried again */
};

enum cvm_frame_result {
	CVM_FRAME_WHOLE = 0,        /* it is in the memory that was offered, which is no longer on offer */
	CVM_FRAME_METADATA_CHANGED = 1,
	CVM_FRAME_PLANE_CHANGED = 2,
	CVM_FRAME_FAULT = 3,        /* the segment shrank, or had shrunk and grown again */
	CVM_FRAME_LATE = 4,         /* the copy took too long, or a newer frame was announced meanwhile */
	CVM_FRAME_OTHER = 5,        /* the metadata name another frame */
	CVM_FRAME_UNFINISHED = 6,   /* the metadata are those of a frame in the making */
	CVM_FRAME_WAITING = 7,      /* nothing that fits is on offer: it is read as soon as there is, if it still stands */
	CVM_FRAME_ABSENT = 8,       /* there is no segment, or one that is too small */
	CVM_FRAME_CODED = 9,        /* its access unit was read, and nothing else was wanted */
};

struct cvm_event {
	uint32_t kind;              /* enum cvm_event_kind */
	uint32_t result;            /* of a frame: enum cvm_frame_result */
	int32_t error;              /* errno: of CVM_FRAME_ABSENT (0: too small) and CVM_EVENT_FAILED */
	uint32_t length;            /* of the message; more than the capacity means that it was cut */
	uint32_t announcements;     /* sync messages since the last event of a frame, this one's included; 0: none,
	                             * the frame had been waiting */
	uint32_t mappings;          /* of segments, made so far */
	uint64_t number;            /* of the sync message, from 1 */
	uint64_t arrived_ns;        /* CLOCK_MONOTONIC */
	uint64_t arrived_unix_us;
	uint64_t ended_ns;          /* of the copy, CLOCK_MONOTONIC */
	uint64_t segment_size;
	uint8_t message[CVM_MESSAGE_CAPACITY];
	uint8_t metadata[CVM_METADATA_SIZE]; /* of a frame, as found when it was announced */
	uint32_t settled;           /* 1: what had changed was found only after settling */
	uint32_t prompt;            /* 1: the message was waited for; 0: it had come while the thread was busy */
	struct cvm_media_time time; /* of a frame whose picture or access unit was read */
	uint32_t handed_over;       /* 1: its taker has it, or is about to */
	uint32_t unit_size;         /* bytes of its access unit; 0: none was read */
	uint8_t *unit;              /* of unit_memory */
};

struct event_ring {
	pthread_mutex_t lock; /* over all that follows */
	struct cvm_event events[EVENT_RING_CAPACITY];
	uint64_t posted, taken; /* positions that only grow */
	struct cvm_wakeups *wakeups;
	uint32_t id;
};

/* `id` is raised with every event. */
void event_ring_init(struct event_ring *self, struct cvm_wakeups *wakeups, uint32_t id);
void event_ring_destroy(struct event_ring *self);

/* Whether another event could be posted now. */
int event_ring_has_room(struct event_ring *self);

/* Adds an event. 0: there was no room. */
int event_ring_post(struct event_ring *self, const struct cvm_event *event);

/* Moves the oldest event out. 0: there is none. */
int event_ring_take(struct event_ring *self, struct cvm_event *out);

#endif
