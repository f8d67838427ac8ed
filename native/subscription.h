#ifndef CVM_SUBSCRIPTION_H
#define CVM_SUBSCRIPTION_H

#include "zmq.h"

/*
 * A subscription to a producer's PUB socket that recovers from every error.
 *
 * libzmq reconnects by itself to a peer that has gone, but not after a protocol error, such as a message that is too
 * large: the socket then receives nothing and reports nothing. For this reason the socket is replaced after every
 * disconnection that libzmq does not repair soon.
 */
struct subscription {
	const struct zmq *zmq;
	void *context;
	const char *endpoint;
	void *socket, *monitor; /* NULL: they could not be created; the next reconnection retries */
	uint64_t replace_at_ns; /* 0: the socket need not be replaced */
	unsigned monitors;      /* created so far; makes each monitor's name unique */
};

enum subscription_event {
	SUBSCRIPTION_UNCHANGED,
	SUBSCRIPTION_CONNECTED,
	SUBSCRIPTION_DISCONNECTED,
};

/* Connects. The producer need not be running yet. Returns 0, or an errno (ENOENT: libzmq is not installed). */
int subscription_open(struct subscription *self, const char *endpoint);
void subscription_close(struct subscription *self);

/* Receives the next message. Returns its length, which may exceed the capacity, or -1 if no message is available. */
int subscription_receive(struct subscription *self, void *message, size_t capacity);

/* Returns the next change of the connection. */
enum subscription_event subscription_next_event(struct subscription *self, uint64_t now_ns);

/* Replaces the socket if that is due. Returns 0, or an errno; a failed replacement is retried. */
int subscription_reconnect(struct subscription *self, uint64_t now_ns);

/* Blocks until there is a message or event, `fd` is readable, or the socket is due for replacement. */
void subscription_wait(struct subscription *self, int fd, uint64_t now_ns);

#endif
