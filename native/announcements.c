#define _GNU_SOURCE
#include "announcements.h"

#include "clock.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum {
	ZMQ_SUB = 2,
	ZMQ_SUBSCRIBE = 6,
	ZMQ_LINGER = 17,
	ZMQ_MAXMSGSIZE = 22,
	ZMQ_RCVHWM = 24,
	ZMQ_ETERM = 156384765, /* ZMQ_HAUSNUMERO + 53 */
	RING = 256,
};

/* libzmq by name at run time, so that the shim loads, and can say what is missing, without it. */
struct zmq {
	void *library;
	void *(*ctx_new)(void);
	int (*ctx_shutdown)(void *);
	int (*ctx_term)(void *);
	void *(*socket)(void *, int);
	int (*setsockopt)(void *, int, const void *, size_t);
	int (*connect)(void *, const char *);
	int (*recv)(void *, void *, size_t, int);
	int (*close)(void *);
	int (*error)(void);
};

struct cvm_announcements {
	struct zmq zmq;
	void *context, *socket;
	pthread_t thread;
	struct cvm_head_start head_start;
	pthread_mutex_t lock; /* over all that follows */
	pthread_cond_t arrived;
	int closing;
	struct cvm_announcement ring[RING];
	uint64_t written, taken, lost; /* ring positions that only grow */
	const uint8_t *segment;
	uint64_t segment_size, payload_size;
	uint32_t generation;
};

static int load_zmq(struct zmq *zmq)
{
	zmq->library = dlopen("libzmq.so.5", RTLD_NOW | RTLD_LOCAL);
	if (!zmq->library)
		return -1;
#define LOAD(member) \
	(*(void **)&zmq->member = dlsym(zmq->library, "zmq_" #member))
	if (LOAD(ctx_new) && LOAD(ctx_shutdown) && LOAD(ctx_term) && LOAD(socket) &&
	    LOAD(setsockopt) && LOAD(connect) && LOAD(recv) && LOAD(close) &&
	    (*(void **)&zmq->error = dlsym(zmq->library, "zmq_errno")))
		return 0;
#undef LOAD
	return -1;
}

static void store(struct cvm_announcements *self, uint64_t number, const uint8_t *message,
		  uint32_t length)
{
	uint64_t monotonic = cvm_clock_monotonic_ns();
	uint64_t unix_us = cvm_clock_unix_us();
	struct cvm_announcement *entry;

	pthread_mutex_lock(&self->lock);
	if (self->written - self->taken == RING) {
		self->taken++;
		self->lost++;
	}
	entry = &self->ring[self->written++ % RING];
	entry->number = number;
	entry->arrived_ns = monotonic;
	entry->arrived_unix_us = unix_us;
	entry->fingerprint = 0;
	if (self->segment)
		entry->fingerprint = cvm_read_fingerprint(self->segment, self->segment_size,
							  self->payload_size);
	entry->generation = self->generation;
	entry->length = length;
	memcpy(entry->message, message, length < CVM_MESSAGE_CAPACITY ? length : CVM_MESSAGE_CAPACITY);
	pthread_cond_signal(&self->arrived);
	pthread_mutex_unlock(&self->lock);
}

static void *listen_to_producer(void *argument)
{
	struct cvm_announcements *self = argument;
	uint8_t message[CVM_MESSAGE_CAPACITY];
	uint64_t number = 0;

	for (;;) {
		int length = self->zmq.recv(self->socket, message, sizeof message, 0);

		if (length >= 0) {
			int begun = head_start_begin(&self->head_start, ++number);

			store(self, number, message, (uint32_t)length);
			if (begun)
				head_start_run(&self->head_start);
		} else if (self->zmq.error() != EINTR) {
			break; /* ETERM: closing */
		}
	}
	self->zmq.close(self->socket);
	return NULL;
}

static int connect_subscriber(struct cvm_announcements *self, const char *endpoint)
{
	const struct zmq *zmq = &self->zmq;
	int no_linger = 0, high_water_mark = RING;
	int64_t largest = 1 << 20;

	self->context = zmq->ctx_new();
	if (!self->context)
		return -1;
	self->socket = zmq->socket(self->context, ZMQ_SUB);
	if (!self->socket)
		return -1;
	zmq->setsockopt(self->socket, ZMQ_LINGER, &no_linger, sizeof no_linger);
	zmq->setsockopt(self->socket, ZMQ_RCVHWM, &high_water_mark, sizeof high_water_mark);
	zmq->setsockopt(self->socket, ZMQ_MAXMSGSIZE, &largest, sizeof largest);
	zmq->setsockopt(self->socket, ZMQ_SUBSCRIBE, "", 0);
	return zmq->connect(self->socket, endpoint);
}

static void release(struct cvm_announcements *self)
{
	if (self->context)
		self->zmq.ctx_term(self->context);
	/* The library stays loaded: unloading it under threads that are just ending is not safe. */
	head_start_destroy(&self->head_start);
	pthread_cond_destroy(&self->arrived);
	pthread_mutex_destroy(&self->lock);
	free(self);
}

struct cvm_announcements *cvm_announcements_open(const char *endpoint, int32_t *error)
{
	struct cvm_announcements *self = calloc(1, sizeof *self);

	if (!self) {
		*error = ENOMEM;
		return NULL;
	}
	pthread_mutex_init(&self->lock, NULL);
	pthread_cond_init(&self->arrived, NULL);
	head_start_init(&self->head_start);
	if (load_zmq(&self->zmq)) {
		*error = ENOENT;
		release(self);
		return NULL;
	}
	if (connect_subscriber(self, endpoint)) {
		*error = self->zmq.error();
		if (self->socket)
			self->zmq.close(self->socket);
		release(self);
		return NULL;
	}
	*error = pthread_create(&self->thread, NULL, listen_to_producer, self);
	if (*error) {
		self->zmq.close(self->socket);
		release(self);
		return NULL;
	}
	return self;
}

void cvm_announcements_watch(struct cvm_announcements *self, const uint8_t *segment,
			     uint64_t segment_size, uint64_t payload_size, uint32_t generation)
{
	pthread_mutex_lock(&self->lock);
	self->segment = segment;
	self->segment_size = segment_size;
	self->payload_size = payload_size;
	self->generation = generation;
	pthread_mutex_unlock(&self->lock);
}

struct cvm_head_start *cvm_announcements_head_start(struct cvm_announcements *self)
{
	return &self->head_start;
}

int cvm_announcements_wait(struct cvm_announcements *self)
{
	int open;

	pthread_mutex_lock(&self->lock);
	while (!self->closing && self->written == self->taken)
		pthread_cond_wait(&self->arrived, &self->lock);
	open = !self->closing;
	pthread_mutex_unlock(&self->lock);
	return open;
}

int cvm_announcements_pending(struct cvm_announcements *self)
{
	int pending;

	pthread_mutex_lock(&self->lock);
	pending = self->written != self->taken;
	pthread_mutex_unlock(&self->lock);
	return pending;
}

uint32_t cvm_announcements_take(struct cvm_announcements *self, struct cvm_announcement *out,
				uint32_t capacity, uint64_t *lost)
{
	uint32_t count = 0;

	pthread_mutex_lock(&self->lock);
	while (count < capacity && self->taken != self->written)
		out[count++] = self->ring[self->taken++ % RING];
	*lost = self->lost;
	pthread_mutex_unlock(&self->lock);
	return count;
}

void cvm_announcements_interrupt(struct cvm_announcements *self)
{
	pthread_mutex_lock(&self->lock);
	self->closing = 1;
	pthread_cond_broadcast(&self->arrived);
	pthread_mutex_unlock(&self->lock);
}

void cvm_announcements_close(struct cvm_announcements *self)
{
	self->zmq.ctx_shutdown(self->context);
	pthread_join(self->thread, NULL);
	release(self);
}
