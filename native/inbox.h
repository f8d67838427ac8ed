#ifndef CVM_INBOX_H
#define CVM_INBOX_H

#include "event_ring.h"
#include "subscription.h"

/* A producer's messages: of its sync messages the newest counts, of all others an event tells. */

struct message {
	uint8_t bytes[CVM_MESSAGE_CAPACITY];
	uint32_t length;
	uint64_t arrived_ns, arrived_unix_us;
};

struct inbox {
	struct subscription subscription;
	struct event_ring *events;
	struct message next;   /* received, but not handled */
	struct message newest; /* the newest sync message, while its frame was not looked at */
	int has_next, has_newest;
	int is_prompt; /* what is received now was waited for */
	uint64_t number; /* of the newest sync message, from 1 */
	_Atomic uint64_t lost; /* messages, no sync ones, for whose event there was no room */
};

/* Connects. 0, or an errno (ENOENT: there is no libzmq). */
int inbox_open(struct inbox *self, const char *endpoint, struct event_ring *events);
void inbox_close(struct inbox *self);

/* Takes the messages that are there. What follows a sync message waits until that was looked at. */
void inbox_receive(struct inbox *self);

/* Whether another sync message has come than the one that was looked at last. */
int inbox_has_newer(struct inbox *self);

/* The number of the frame that a sync message announces. */
uint32_t message_frame_count(const struct message *message);

/* Tells of changes of the connection, and mends it. */
void inbox_follow_connection(struct inbox *self);

/* Blocks until there is something to do, or `fd` is readable. */
void inbox_wait(struct inbox *self, int fd);

#endif
