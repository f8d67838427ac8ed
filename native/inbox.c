#include "inbox.h"

#include "clock.h"

#include <string.h>

enum {
	/* Most messages taken before a frame is processed. */
	BATCH = EVENT_RING_CAPACITY,
	SYNC_SIZE = 48,
	SYNC_MAGIC = 0x7d,
	/* Offsets in bytes */
	SYNC_VERSION = 2,
	SYNC_FRAME_COUNT = 4,
	SYNC_LABEL = 24,
};

int inbox_open(struct inbox *self, const char *endpoint, struct event_ring *events)
{
	self->events = events;
	return subscription_open(&self->subscription, endpoint);
}

void inbox_close(struct inbox *self)
{
	subscription_close(&self->subscription);
}

/* Receives into `next` unless it holds a message. Returns 0 if no message is available. */
static int fetch(struct inbox *self)
{
	struct message *next = &self->next;
	int length;

	if (self->has_next)
		return 1;
	length = subscription_receive(&self->subscription, next->bytes, sizeof next->bytes);
	if (length < 0)
		return 0;
	next->length = (uint32_t)length;
	next->arrived_ns = cvm_clock_monotonic_ns();
	next->arrived_unix_us = cvm_clock_unix_us();
	self->has_next = 1;
	return 1;
}

/* 1.x, or the legacy 0.0 that means 1.0 */
static int is_version_1(const uint8_t version[2])
{
	return version[0] == 1 || (version[0] == 0 && version[1] == 0);
}

/* Only NULs may follow the first NUL. */
static int is_label(const uint8_t *label, unsigned size)
{
	unsigned at = 0;

	while (at < size && label[at])
		at++;
	while (at < size && !label[at])
		at++;
	return at == size;
}

/* Checks every rule of the contract for sync messages. The receiver of the events validates other messages. */
static int is_sync(const struct message *message)
{
	return message->length == SYNC_SIZE && message->bytes[0] == SYNC_MAGIC &&
	       is_version_1(message->bytes + SYNC_VERSION) &&
	       is_label(message->bytes + SYNC_LABEL, SYNC_SIZE - SYNC_LABEL);
}

uint32_t message_frame_count(const struct message *message)
{
	uint32_t count;

	memcpy(&count, message->bytes + SYNC_FRAME_COUNT, sizeof count);
	return count;
}

static void post_message(struct inbox *self, const struct message *message)
{
	struct cvm_event event = { .kind = CVM_EVENT_MESSAGE, .length = message->length };

	event.arrived_ns = message->arrived_ns;
	event.arrived_unix_us = message->arrived_unix_us;
	memcpy(event.message, message->bytes, sizeof event.message);
	if (!event_ring_post(self->events, &event))
		self->lost++;
}

void inbox_receive(struct inbox *self)
{
	for (int taken = 0; taken < BATCH && fetch(self); taken++) {
		if (is_sync(&self->next)) {
			self->newest = self->next;
			self->has_newest = 1;
			self->number++;
		} else if (self->has_newest) {
			return;
		} else {
			post_message(self, &self->next);
		}
		self->has_next = 0;
	}
}

int inbox_has_newer(struct inbox *self)
{
	return fetch(self) && is_sync(&self->next);
}

static void post_connection_event(struct inbox *self, enum cvm_event_kind kind, int error)
{
	struct cvm_event event = { .kind = kind, .error = error };

	event.arrived_ns = cvm_clock_monotonic_ns();
	event_ring_post(self->events, &event);
}

void inbox_update_connection(struct inbox *self)
{
	uint64_t now = cvm_clock_monotonic_ns();
	enum subscription_event event;
	int error;

	while ((event = subscription_next_event(&self->subscription, now)) != SUBSCRIPTION_UNCHANGED)
		post_connection_event(
			self, event == SUBSCRIPTION_CONNECTED ? CVM_EVENT_CONNECTED : CVM_EVENT_DISCONNECTED, 0);
	error = subscription_reconnect(&self->subscription, now);
	if (error)
		post_connection_event(self, CVM_EVENT_FAILED, error);
}

void inbox_wait(struct inbox *self, int fd)
{
	self->is_prompt = !self->has_newest && !fetch(self);
	if (self->is_prompt)
		subscription_wait(&self->subscription, fd, cvm_clock_monotonic_ns());
}
