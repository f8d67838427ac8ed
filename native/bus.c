#define _GNU_SOURCE
#include "bus.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum {
	CAPACITY = 64,
	/* GstBusSyncReply. With DROP the handler owns the message. */
	GST_BUS_DROP = 0,
	GST_BUS_PASS = 1,
	/* GstMessageType */
	GST_MESSAGE_EOS = 1 << 0,
	GST_MESSAGE_ERROR = 1 << 1,
	GST_MESSAGE_WARNING = 1 << 2,
	/* Offset of the type in a GstMessage, after its GstMiniObject */
	TYPE_OFFSET = 64,
};

struct cvm_bus_inbox {
	pthread_mutex_t lock;
	void *messages[CAPACITY];
	unsigned queued, taken; /* positions that only grow */
	struct cvm_wakeups *wakeups;
	uint32_t id;
};

struct cvm_bus_inbox *cvm_bus_inbox_open(struct cvm_wakeups *wakeups, uint32_t id)
{
	struct cvm_bus_inbox *self = calloc(1, sizeof *self);

	if (self) {
		pthread_mutex_init(&self->lock, NULL);
		self->wakeups = wakeups;
		self->id = id;
	}
	return self;
}

static int enqueue(struct cvm_bus_inbox *self, void *message)
{
	int is_queued;

	pthread_mutex_lock(&self->lock);
	is_queued = self->queued - self->taken < CAPACITY;
	if (is_queued)
		self->messages[self->queued++ % CAPACITY] = message;
	pthread_mutex_unlock(&self->lock);
	return is_queued;
}

static int on_message(void *bus, void *message, void *inbox)
{
	struct cvm_bus_inbox *self = inbox;
	uint32_t type;
	int is_queued;

	(void)bus;
	memcpy(&type, (const char *)message + TYPE_OFFSET, sizeof type);
	is_queued = type & (GST_MESSAGE_EOS | GST_MESSAGE_ERROR | GST_MESSAGE_WARNING) && enqueue(self, message);
	wakeups_raise(self->wakeups, self->id);
	return is_queued ? GST_BUS_DROP : GST_BUS_PASS;
}

void *cvm_bus_inbox_handler(void)
{
	return (void *)on_message;
}

void *cvm_bus_inbox_take(struct cvm_bus_inbox *self)
{
	void *message = NULL;

	pthread_mutex_lock(&self->lock);
	if (self->queued != self->taken)
		message = self->messages[self->taken++ % CAPACITY];
	pthread_mutex_unlock(&self->lock);
	return message;
}

void cvm_bus_inbox_close(struct cvm_bus_inbox *self)
{
	pthread_mutex_destroy(&self->lock);
	free(self);
}
