#include "event_ring.h"

void event_ring_init(struct event_ring *self, struct cvm_wakeups *wakeups, uint32_t id)
{
	pthread_mutex_init(&self->lock, NULL);
	self->wakeups = wakeups;
	self->id = id;
}

void event_ring_destroy(struct event_ring *self)
{
	pthread_mutex_destroy(&self->lock);
}

static int has_room(const struct event_ring *self)
{
	return self->posted - self->taken < EVENT_RING_CAPACITY;
}

int event_ring_has_room(struct event_ring *self)
{
	int room;

	pthread_mutex_lock(&self->lock);
	room = has_room(self);
	pthread_mutex_unlock(&self->lock);
	return room;
}

int event_ring_post(struct event_ring *self, const struct cvm_event *event)
{
	int posted;

	pthread_mutex_lock(&self->lock);
	posted = has_room(self);
	if (posted)
		self->events[self->posted++ % EVENT_RING_CAPACITY] = *event;
	pthread_mutex_unlock(&self->lock);
	wakeups_raise(self->wakeups, self->id);
	return posted;
}

int event_ring_take(struct event_ring *self, struct cvm_event *out)
{
	int taken;

	pthread_mutex_lock(&self->lock);
	taken = self->taken != self->posted;
	if (taken)
		*out = self->events[self->taken++ % EVENT_RING_CAPACITY];
	pthread_mutex_unlock(&self->lock);
	return taken;
}
