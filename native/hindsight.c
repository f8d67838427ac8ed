#include "hindsight.h"

void hindsight_init(struct hindsight *self)
{
	pthread_mutex_init(&self->lock, NULL);
}

void hindsight_destroy(struct hindsight *self)
{
	pthread_mutex_destroy(&self->lock);
}

void hindsight_heard(struct hindsight *self, uint64_t number)
{
	pthread_mutex_lock(&self->lock);
	self->heard = number;
	pthread_mutex_unlock(&self->lock);
}

void hindsight_whole(struct hindsight *self, const struct whole_frame *frame)
{
	pthread_mutex_lock(&self->lock);
	self->whole = *frame;
	pthread_mutex_unlock(&self->lock);
}

int hindsight_get(struct hindsight *self, uint64_t number, struct whole_frame *out)
{
	int is_last;

	pthread_mutex_lock(&self->lock);
	is_last = self->whole.number == number && self->heard == number;
	*out = self->whole;
	pthread_mutex_unlock(&self->lock);
	return is_last;
}
