#define _GNU_SOURCE
#include "rtcp.h"

#include "address.h"
#include "clock.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	CAPACITY = 16, /* packets; a receiver reports every few seconds */
};

struct cvm_rtcp {
	int fd, wake; /* wake: eventfd that ends the thread */
	struct address receiver;
	uint16_t local_port;
	pthread_t thread;
	struct cvm_wakeups *wakeups;
	uint32_t id;

	pthread_mutex_t lock; /* protects all that follows */
	struct packet {
		uint8_t bytes[CVM_RTCP_PACKET];
		uint32_t length;
		uint64_t arrived_unix_us;
	} packets[CAPACITY];
	unsigned queued, taken; /* positions that only grow */
};

static void enqueue(struct cvm_rtcp *self, const uint8_t *bytes, uint32_t length)
{
	struct packet *packet;

	pthread_mutex_lock(&self->lock);
	if (self->queued - self->taken < CAPACITY) {
		packet = &self->packets[self->queued++ % CAPACITY];
		memcpy(packet->bytes, bytes, length);
		packet->length = length;
		packet->arrived_unix_us = cvm_clock_unix_us();
	}
	pthread_mutex_unlock(&self->lock);
	wakeups_raise(self->wakeups, self->id);
}

static void receive_packet(struct cvm_rtcp *self)
{
	uint8_t bytes[CVM_RTCP_PACKET];
	struct sockaddr_storage from;
	socklen_t size = sizeof from;
	ssize_t length = recvfrom(self->fd, bytes, sizeof bytes, MSG_DONTWAIT, (struct sockaddr *)&from, &size);

	if (length > 0 && address_is_host(&self->receiver, (struct sockaddr *)&from))
		enqueue(self, bytes, (uint32_t)length);
}

static void *run(void *argument)
{
	struct cvm_rtcp *self = argument;
	struct pollfd fds[2] = { { .fd = self->fd, .events = POLLIN }, { .fd = self->wake, .events = POLLIN } };

	for (;;) {
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			return NULL;
		if (fds[1].revents)
			return NULL;
		if (fds[0].revents)
			receive_packet(self);
	}
}

static int32_t start(struct cvm_rtcp *self, const char *address, uint16_t port, const struct address_local *local,
		     const struct address_multicast *multicast)
{
	int32_t error = address_parse(&self->receiver, address, port);

	if (error)
		return -error;
	if (self->wake < 0)
		return EMFILE;
	self->fd = socket(self->receiver.any.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (self->fd < 0)
		return errno;
	error = address_set_multicast(&self->receiver, self->fd, multicast);
	if (!error)
		error = address_bind(&self->receiver, self->fd, local);
	if (error)
		return -error;
	self->local_port = address_local_port(self->fd);
	return pthread_create(&self->thread, NULL, run, self);
}

static void release(struct cvm_rtcp *self)
{
	if (self->fd >= 0)
		close(self->fd);
	if (self->wake >= 0)
		close(self->wake);
	pthread_mutex_destroy(&self->lock);
	free(self);
}

struct cvm_rtcp *cvm_rtcp_open(const char *address, uint16_t port, const char *local_address, uint16_t local_port,
			       uint8_t ttl, const char *interface, struct cvm_wakeups *wakeups, uint32_t id,
			       int32_t *error)
{
	const struct address_local local = { .address = local_address, .port = local_port };
	const struct address_multicast multicast = { .ttl = ttl, .interface = interface };
	struct cvm_rtcp *self = calloc(1, sizeof *self);

	*error = ENOMEM;
	if (!self)
		return NULL;
	pthread_mutex_init(&self->lock, NULL);
	self->fd = -1;
	self->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	self->wakeups = wakeups;
	self->id = id;
	*error = start(self, address, port, &local, &multicast);
	if (!*error)
		return self;
	release(self);
	return NULL;
}

uint16_t cvm_rtcp_local_port(const struct cvm_rtcp *self)
{
	return self->local_port;
}

int32_t cvm_rtcp_send(struct cvm_rtcp *self, const uint8_t *bytes, uint32_t size)
{
	const struct address *to = &self->receiver;

	if (sendto(self->fd, bytes, size, MSG_NOSIGNAL, (const struct sockaddr *)&to->any, to->size) < 0)
		return -errno;
	return 0;
}

uint32_t cvm_rtcp_take(struct cvm_rtcp *self, uint8_t out[CVM_RTCP_PACKET], uint64_t *arrived_unix_us)
{
	const struct packet *packet;
	uint32_t length = 0;

	pthread_mutex_lock(&self->lock);
	if (self->queued != self->taken) {
		packet = &self->packets[self->taken++ % CAPACITY];
		length = packet->length;
		memcpy(out, packet->bytes, length);
		*arrived_unix_us = packet->arrived_unix_us;
	}
	pthread_mutex_unlock(&self->lock);
	return length;
}

void cvm_rtcp_close(struct cvm_rtcp *self)
{
	uint64_t one = 1;

	while (write(self->wake, &one, sizeof one) < 0 && errno == EINTR)
		;
	pthread_join(self->thread, NULL);
	release(self);
}
