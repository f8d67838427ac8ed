#ifndef CVM_INBOX_H
#define CVM_INBOX_H

#include "event_ring.h"
#include "subscription.h"

/* Receives a producer's messages. It keeps only the newest sync message; every other message becomes an event. */

struct message {
	uint8_t bytes[CVM_MESSAGE_CAPACITY];
	uint32_t length;
	uint64_t arrived_ns, arrived_unix_us;
};

struct inbox {
	struct subscription subscription;
	struct event_ring *events;
	struct message next;   /* received but not handled yet */
	struct message newest; /* the newest sync message, until its frame is processed */
	int has_next, has_newest;
	int is_prompt;         /* the thread was idle before the messages that are received now */
	uint64_t number;       /* of the newest sync message, from 1 */
	_Atomic uint64_t lost; /* messages, not counting sync messages, dropped because the event ring was full */
};

/* Connects. Returns 0, or an errno (ENOENT: libzmq is not installed). */
int inbox_open(struct inbox *self, const char *endpoint, struct event_ring *events);
void inbox_close(struct inbox *self);

/* Takes all available messages, up to one that follows an unprocessed sync message. */
void inbox_receive(struct inbox *self);

/* Returns whether a newer sync message has come than the one processed last. */
int inbox_has_newer(struct inbox *self);

/* Returns the number of the frame that a sync message announces. */
uint32_t message_frame_count(const struct message *message);

/* Posts events for changes of the connection, and reconnects if necessary. */
void inbox_update_connection(struct inbox *self);

/* Blocks until a message is available, the connection needs attention, or `fd` is readable. */
void inbox_wait(struct inbox *self, int fd);

#endif
