#ifndef CVM_ZMQ_H
#define CVM_ZMQ_H

#include <stddef.h>
#include <stdint.h>

/* libzmq, opened by name at run time: the shim loads without it and can say what is missing. */
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

/* One item of zmq_poll(), as libzmq lays it out. */
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
 * The library and the process's one context, which lives while anyone holds it. NULL on failure, with an errno
 * in *error (ENOENT: there is no libzmq).
 */
const struct zmq *zmq_acquire(void **context, int *error);

/* All sockets that the holder made must be closed. */
void zmq_release(void);

#endif
