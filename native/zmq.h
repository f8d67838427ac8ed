#ifndef CVM_ZMQ_H
#define CVM_ZMQ_H

#include <stddef.h>
#include <stdint.h>

/* libzmq, opened by name at run time, so that the shim loads without it and can report that it is missing. */
struct zmq {
	void *(*ctx_new)(void);
	int (*ctx_term)(void *);
	void *(*socket)(void *, int);
	int (*setsockopt)(void *, int, const void *, size_t);
	int (*connect)(void *, const char *);
	int (*socket_monitor)(void *, const char *, int);
	int (*recv)(void *, void *, size_t, int);
	int (*poll)(void *, int, long);
	int (*close)(void *);
	int (*error)(void); /* zmq_errno() */
};

/* zmq_pollitem_t */
struct zmq_poll_item {
	void *socket;
	int fd;
	short events, revents;
};

enum {
	ZMQ_PAIR = 0,
	ZMQ_SUB = 2,
	ZMQ_DONTWAIT = 1,
	ZMQ_POLLIN = 1,
	/* Options */
	ZMQ_SUBSCRIBE = 6,
	ZMQ_LINGER = 17,
	ZMQ_MAXMSGSIZE = 22,
	ZMQ_RCVHWM = 24,
	ZMQ_TCP_KEEPALIVE = 34,
	ZMQ_TCP_KEEPALIVE_CNT = 35,
	ZMQ_TCP_KEEPALIVE_IDLE = 36,
	ZMQ_TCP_KEEPALIVE_INTVL = 37,
	ZMQ_HEARTBEAT_IVL = 75,
	ZMQ_HEARTBEAT_TIMEOUT = 77,
	ZMQ_CONNECT_TIMEOUT = 79,
	/* Events of a monitor */
	ZMQ_EVENT_DISCONNECTED = 0x0200,
	ZMQ_EVENT_HANDSHAKE_SUCCEEDED = 0x1000,
};

/*
 * Returns the library and the process's shared context, which exists until its last holder releases it. Returns NULL
 * on failure and sets *error to an errno (ENOENT: libzmq is not installed).
 */
const struct zmq *zmq_acquire(void **context, int *error);

/* Releases the context. The holder must have closed all its sockets. */
void zmq_release(void);

#endif
