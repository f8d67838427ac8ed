#define _GNU_SOURCE
#include "bus.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum {
	CAPACITY = 64,
	/* GstBusSyncReply. With DROP the message is the handler's. */
	GST_BUS_DROP = 0,
	GST_BUS_PASS = 1,
	/* GstMessageType */
	GST_MESSAGE_EOS = 1 << 0,
	GST_MESSAGE_ERROR = 1 << 1,
	GST_MESSAGE_WARNING = 1 << 2,
	/* GstMessage: offset of its type, after a GstMiniObject */
	TYPE = 64,
};

struct cvm_bus_inbox {
	pthread_mutex_t lock;
	void *messages[CAPACITY];
	unsigned kept, taken; /* they only grow */
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

static int keep(struct cvm_bus_inbox *self, void *message)
{
	int kept;

	pthread_mutex_lock(&self->lock);
	kept = self->kept - self->taken < CAPACITY;
	if (kept)
		self->messages[self->kept++ % CAPACITY] = message;
	pthread_mutex_unlock(&self->lock);
	return kept;
}

static int on_message(void *bus, void *message, void *inbox)
{
	struct cvm_bus_inbox *self = inbox;
	uint32_t type;
	int kept;

	(void)bus;
	memcpy(&type, (const char *)message + TYPE, sizeof type);
	kept = type & (GST_MESSAGE_EOS | GST_MESSAGE_ERROR | GST_MESSAGE_WARNING) && keep(self, message);
	cvm_wakeups_raise(self->wakeups, self->id);
	return kept ? GST_BUS_DROP : GST_BUS_PASS;
}

void *cvm_bus_inbox_handler(void)
{
	return (void *)on_message;
}

void *cvm_bus_inbox_take(struct cvm_bus_inbox *self)
{
	void *message = NULL;

	pthread_mutex_lock(&self->lock);
	if (self->kept != self->taken)
		message = self->messages[self->taken++ % CAPACITY];
	pthread_mutex_unlock(&self->lock);
	return message;
}

void cvm_bus_inbox_close(struct cvm_bus_inbox *self)
{
	pthread_mutex_destroy(&self->lock);
	free(self);
}
