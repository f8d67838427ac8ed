#define _GNU_SOURCE
#include "frame_reader.h"

#include "frame_reader_state.h"
#include "frame_reader_thread.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

static void release(struct cvm_frame_reader *self)
{
	struct cvm_event left;

	unit_memory_put(&self->units, self->taken);
	while (event_ring_take(&self->events, &left))
		unit_memory_put(&self->units, left.unit);
	unit_memory_destroy(&self->units);
	offered_memory_destroy(&self->memory);
	event_ring_destroy(&self->events);
	last_frame_destroy(&self->last_frame);
	pthread_mutex_destroy(&self->lock);
	pthread_mutex_destroy(&self->mapping);
	if (self->wake >= 0)
		close(self->wake);
	free(self->endpoint);
	free(self->segment_name);
	free(self);
}

static int start(struct cvm_frame_reader *self)
{
	int error;

	if (self->wake < 0)
		return EMFILE;
	if (!self->endpoint || !self->segment_name)
		return ENOMEM;
	producer_view_init(&self->view, self->segment_name);
	error = inbox_open(&self->inbox, self->endpoint, &self->events);
	if (error)
		return error;
	error = pthread_create(&self->thread, NULL, frame_reader_run, self);
	if (error)
		inbox_close(&self->inbox);
	return error;
}

struct cvm_frame_reader *cvm_frame_reader_open(const char *endpoint, const char *segment_name,
					       struct cvm_wakeups *wakeups, uint32_t id, int32_t *error)
{
	struct cvm_frame_reader *self = calloc(1, sizeof *self);

	if (!self) {
		*error = ENOMEM;
		return NULL;
	}
	pthread_mutex_init(&self->mapping, NULL);
	pthread_mutex_init(&self->lock, NULL);
	event_ring_init(&self->events, wakeups, id);
	offered_memory_init(&self->memory);
	unit_memory_init(&self->units);
	last_frame_init(&self->last_frame);
	self->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	self->endpoint = strdup(endpoint);
	self->segment_name = strdup(segment_name);
	*error = start(self);
	if (!*error)
		return self;
	release(self);
	return NULL;
}

static void wake(struct cvm_frame_reader *self)
{
	uint64_t one = 1;

	/* It fails only if the counter is at its maximum, in which case the thread wakes anyway. */
	if (write(self->wake, &one, sizeof one) < 0)
		return;
}

void cvm_frame_reader_offer(struct cvm_frame_reader *self, const struct cvm_offer *offer)
{
	if (offered_memory_put(&self->memory, offer))
		wake(self);
}

int cvm_frame_reader_withdraw(struct cvm_frame_reader *self)
{
	return offered_memory_withdraw(&self->memory);
}

void cvm_frame_reader_hand_over(struct cvm_frame_reader *self, const void *source)
{
	offered_memory_set_waiting_source(&self->memory, source && gst_is_available() ? source : NULL);
}

void cvm_frame_reader_pace(struct cvm_frame_reader *self, uint64_t limit_ns, uint64_t settle_ns)
{
	pthread_mutex_lock(&self->lock);
	self->limit_ns = limit_ns;
	self->settle_ns = settle_ns;
	pthread_mutex_unlock(&self->lock);
}

void cvm_frame_reader_wish(struct cvm_frame_reader *self, uint32_t codec, int pictures_too)
{
	pthread_mutex_lock(&self->lock);
	self->wish = (struct cvm_wish){ codec, pictures_too };
	pthread_mutex_unlock(&self->lock);
}

int cvm_frame_reader_take(struct cvm_frame_reader *self, struct cvm_event *out, uint64_t *lost)
{
	int taken = event_ring_take(&self->events, out);

	unit_memory_put(&self->units, self->taken);
	self->taken = taken ? out->unit : NULL;
	*lost = self->inbox.lost;
	return taken;
}

int cvm_frame_reader_stands(struct cvm_frame_reader *self, uint64_t number)
{
	struct whole_frame frame;
	uint64_t now = 0;

	if (!last_frame_get(&self->last_frame, number, &frame))
		return 1;
	pthread_mutex_lock(&self->mapping);
	if (self->view.bytes && self->view.mappings == frame.mapping)
		now = cvm_read_fingerprint(self->view.bytes, self->view.size, frame.plane.offset,
					   frame.plane.size);
	pthread_mutex_unlock(&self->mapping);
	return now == 0 || now == frame.plane.fingerprint;
}

void cvm_frame_reader_close(struct cvm_frame_reader *self)
{
	pthread_mutex_lock(&self->lock);
	self->closing = 1;
	pthread_mutex_unlock(&self->lock);
	offered_memory_withdraw(&self->memory);
	wake(self);
	pthread_join(self->thread, NULL);
	release(self);
}
