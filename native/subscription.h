#ifndef CVM_SUBSCRIPTION_H
#define CVM_SUBSCRIPTION_H

#include "zmq.h"

/*
 * A subscription to a producer's PUB socket that no condition ends for good.
 *
 * libzmq connects again by itself to a peer that has gone, but not after an error of the protocol, such as a
 * message that is too large: the socket then stays deaf, and nothing tells. So after every loss of the
 * connection that is not mended soon, the socket is replaced.
 */
struct subscription {
	const struct zmq *zmq;
	void *context;
	const char *endpoint;
	void *socket, *monitor; /* NULL: they could not be made, which is tried again */
	uint64_t replace_at_ns; /* 0: no need to */
	unsigned monitors;      /* made so far: each has a name of its own */
};

enum subscription_news {
	SUBSCRIPTION_UNCHANGED,
	SUBSCRIPTION_CONNECTED,
	SUBSCRIPTION_DISCONNECTED,
};

/* Connects. The producer need not be there yet. 0, or an errno (ENOENT: there is no libzmq). */
int subscription_open(struct subscription *self, const char *endpoint);
void subscription_close(struct subscription *self);

/* Takes the next message and returns its length, which may exceed the capacity; -1: there is none now. */
int subscription_receive(struct subscription *self, void *message, size_t capacity);

/* Takes the next news of the connection. */
enum subscription_news subscription_news(struct subscription *self, uint64_t now_ns);

/* Replaces the socket if it is time to. 0, or the errno with which that failed; it will be tried again. */
int subscription_mend(struct subscription *self, uint64_t now_ns);

/* Blocks until there is a message or news, `fd` is readable, or it is time to mend. */
void subscription_wait(struct subscription *self, int fd, uint64_t now_ns);

#endif
