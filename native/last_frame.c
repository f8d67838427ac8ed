#include "last_frame.h"

void last_frame_init(struct last_frame *self)
{
	pthread_mutex_init(&self->lock, NULL);
}

void last_frame_destroy(struct last_frame *self)
{
	pthread_mutex_destroy(&self->lock);
}

void last_frame_announce(struct last_frame *self, uint64_t number)
{
	pthread_mutex_lock(&self->lock);
	self->announced = number;
	pthread_mutex_unlock(&self->lock);
}

void last_frame_set(struct last_frame *self, const struct whole_frame *frame)
{
	pthread_mutex_lock(&self->lock);
	self->whole = *frame;
	pthread_mutex_unlock(&self->lock);
}

int last_frame_get(struct last_frame *self, uint64_t number, struct whole_frame *out)
{
	int is_last;

	pthread_mutex_lock(&self->lock);
	is_last = self->whole.number == number && self->announced == number;
	*out = self->whole;
	pthread_mutex_unlock(&self->lock);
	return is_last;
}
