#ifndef CVM_ANNOUNCEMENTS_H
#define CVM_ANNOUNCEMENTS_H

#include "head_start.h"

/*
 * A thread that listens to a producer's PUB socket. It notes when each message arrived and, at that
 * very moment, a fingerprint of the payload, however busy the rest of the program is: a frame
 * whose payload still has that fingerprint after it was copied had no writer in between. Then it begins to
 * read the frame, if that was prepared.
 */
struct cvm_announcements;

enum {
	CVM_MESSAGE_CAPACITY = 64, /* every message of the contract is shorter */
};

struct cvm_announcement {
	uint64_t number;       /* of the message, from 1 */
	uint64_t arrived_ns;   /* CLOCK_MONOTONIC */
	uint64_t arrived_unix_us;
	uint64_t fingerprint;  /* 0: no segment was watched, or it could not be read */
	uint32_t length;       /* of the message; more than the capacity means that it was cut */
	uint32_t generation;   /* of the watched segment, as given to cvm_announcements_watch() */
	uint8_t message[CVM_MESSAGE_CAPACITY];
};

/* Connects a subscriber. On failure NULL, and a zmq errno (or ENOENT: no libzmq) in *error. */
struct cvm_announcements *cvm_announcements_open(const char *endpoint, int32_t *error);

/* Fingerprints are taken of this payload from now on. NULL: of none, and the mapping may be unmapped. */
void cvm_announcements_watch(struct cvm_announcements *self, const uint8_t *segment,
			     uint64_t segment_size, uint64_t payload_size, uint32_t generation);

/* Of the frames that are announced. */
struct cvm_head_start *cvm_announcements_head_start(struct cvm_announcements *self);

/* Blocks until a message is there. 1, or 0 when the subscriber is being closed. */
int cvm_announcements_wait(struct cvm_announcements *self);

/* Whether a message has arrived that was not taken. */
int cvm_announcements_pending(struct cvm_announcements *self);

/* Moves up to `capacity` messages out, oldest first, and returns how many. *lost counts what a full ring gave up. */
uint32_t cvm_announcements_take(struct cvm_announcements *self, struct cvm_announcement *out,
				uint32_t capacity, uint64_t *lost);

/* Ends a wait that is going on; further waits return at once. */
void cvm_announcements_interrupt(struct cvm_announcements *self);

/* Frees everything. No other call may be going on. */
void cvm_announcements_close(struct cvm_announcements *self);

#endif
