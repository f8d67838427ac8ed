#define _GNU_SOURCE
#include "subscription.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
	HIGH_WATER_MARK = 256,
	/* Milliseconds. libzmq itself tries to reconnect after 100. */
	RECONNECT_GRACE = 250,
	RETRY_DELAY = 1000,
	/* Detects within seconds that a TCP peer's host has vanished without closing the connection. */
	HEARTBEAT_INTERVAL = 1000,
	HEARTBEAT_TIMEOUT = 3000,
	CONNECT_TIMEOUT = 2000,
	/* Seconds, and probes */
	KEEPALIVE_IDLE = 3,
	KEEPALIVE_INTERVAL = 1,
	KEEPALIVE_PROBES = 3,
};

/* Bytes. A producer's messages have at most 48; libzmq buffers a message of any size up to this limit. */
#define LARGEST_MESSAGE (INT64_C(16) << 20)
#define NS_PER_MS UINT64_C(1000000)

static void set(struct subscription *self, int option, int value)
{
	self->zmq->setsockopt(self->socket, option, &value, sizeof value);
}

static void configure(struct subscription *self)
{
	int64_t largest = LARGEST_MESSAGE;

	set(self, ZMQ_LINGER, 0);
	set(self, ZMQ_RCVHWM, HIGH_WATER_MARK);
	self->zmq->setsockopt(self->socket, ZMQ_MAXMSGSIZE, &largest, sizeof largest);
	self->zmq->setsockopt(self->socket, ZMQ_SUBSCRIBE, "", 0);
	if (strncmp(self->endpoint, "tcp:", 4))
		return;
	set(self, ZMQ_HEARTBEAT_IVL, HEARTBEAT_INTERVAL);
	set(self, ZMQ_HEARTBEAT_TIMEOUT, HEARTBEAT_TIMEOUT);
	set(self, ZMQ_CONNECT_TIMEOUT, CONNECT_TIMEOUT);
	set(self, ZMQ_TCP_KEEPALIVE, 1);
	set(self, ZMQ_TCP_KEEPALIVE_IDLE, KEEPALIVE_IDLE);
	set(self, ZMQ_TCP_KEEPALIVE_INTVL, KEEPALIVE_INTERVAL);
	set(self, ZMQ_TCP_KEEPALIVE_CNT, KEEPALIVE_PROBES);
}

static void close_sockets(struct subscription *self)
{
	/* Stop monitoring before closing the monitor: libzmq would block forever without a receiver. */
	if (self->socket)
		self->zmq->socket_monitor(self->socket, NULL, 0);
	if (self->monitor)
		self->zmq->close(self->monitor);
	if (self->socket)
		self->zmq->close(self->socket);
	self->monitor = self->socket = NULL;
}

static int make_monitor(struct subscription *self)
{
	char name[64];

	snprintf(name, sizeof name, "inproc://cvm-%p-%u", (void *)self, self->monitors++);
	if (self->zmq->socket_monitor(self->socket, name,
				      ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED))
		return -1;
	self->monitor = self->zmq->socket(self->context, ZMQ_PAIR);
	return self->monitor ? self->zmq->connect(self->monitor, name) : -1;
}

static int make_sockets(struct subscription *self)
{
	int error;

	self->socket = self->zmq->socket(self->context, ZMQ_SUB);
	if (self->socket) {
		configure(self);
		if (!make_monitor(self) && !self->zmq->connect(self->socket, self->endpoint))
			return 0;
	}
	error = self->zmq->error();
	close_sockets(self);
	return error;
}

int subscription_open(struct subscription *self, const char *endpoint)
{
	int error;

	memset(self, 0, sizeof *self);
	self->endpoint = endpoint;
	self->zmq = zmq_acquire(&self->context, &error);
	if (!self->zmq)
		return error;
	error = make_sockets(self);
	if (error)
		zmq_release();
	return error;
}

void subscription_close(struct subscription *self)
{
	close_sockets(self);
	zmq_release();
}

static int receive(struct subscription *self, void *socket, void *message, size_t capacity)
{
	int length;

	if (!socket)
		return -1;
	do
		length = self->zmq->recv(socket, message, capacity, ZMQ_DONTWAIT);
	while (length < 0 && self->zmq->error() == EINTR);
	return length;
}

int subscription_receive(struct subscription *self, void *message, size_t capacity)
{
	return receive(self, self->socket, message, capacity);
}

enum subscription_event subscription_next_event(struct subscription *self, uint64_t now_ns)
{
	uint16_t event;
	uint8_t head[sizeof event + sizeof(uint32_t)], address[1];

	/* Two parts that arrive together: event and value, then the address. */
	if (receive(self, self->monitor, head, sizeof head) < 0)
		return SUBSCRIPTION_UNCHANGED;
	receive(self, self->monitor, address, sizeof address);
	memcpy(&event, head, sizeof event);
	self->replace_at_ns = 0;
	if (event != ZMQ_EVENT_DISCONNECTED)
		return SUBSCRIPTION_CONNECTED;
	self->replace_at_ns = now_ns + RECONNECT_GRACE * NS_PER_MS;
	return SUBSCRIPTION_DISCONNECTED;
}

int subscription_reconnect(struct subscription *self, uint64_t now_ns)
{
	int error;

	if (!self->replace_at_ns || now_ns < self->replace_at_ns)
		return 0;
	close_sockets(self);
	error = make_sockets(self);
	self->replace_at_ns = error ? now_ns + RETRY_DELAY * NS_PER_MS : 0;
	return error;
}

void subscription_wait(struct subscription *self, int fd, uint64_t now_ns)
{
	struct zmq_poll_item items[] = {
		{ NULL, fd, ZMQ_POLLIN, 0 },
		{ self->socket, 0, ZMQ_POLLIN, 0 },
		{ self->monitor, 0, ZMQ_POLLIN, 0 },
	};
	long timeout_ms = -1;

	if (self->replace_at_ns) {
		uint64_t at = self->replace_at_ns;

		timeout_ms = at > now_ns ? (long)((at - now_ns) / NS_PER_MS) + 1 : 0;
	}
	self->zmq->poll(items, self->socket ? 3 : 1, timeout_ms);
}
