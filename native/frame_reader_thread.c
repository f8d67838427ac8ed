#include "frame_reader_thread.h"

#include "frame_reader_read.h"
#include "frame_reader_state.h"

#include <unistd.h>

static struct cvm_wish get_wish(struct cvm_frame_reader *self)
{
	struct cvm_wish wish;

	pthread_mutex_lock(&self->lock);
	wish = self->wish;
	pthread_mutex_unlock(&self->lock);
	return wish;
}

static enum view_state refresh(struct cvm_frame_reader *self)
{
	enum view_state state;

	pthread_mutex_lock(&self->mapping);
	state = producer_view_refresh(&self->view, &self->frame.event.error);
	pthread_mutex_unlock(&self->mapping);
	return state;
}

static void process_newest(struct cvm_frame_reader *self)
{
	struct announced_frame *frame = &self->frame;
	struct cvm_wish wish = get_wish(self);
	enum cvm_frame_result found;

	announced_frame_init(frame, &self->inbox.newest);
	frame->event.prompt = (uint32_t)self->inbox.is_prompt;
	frame->event.number = self->inbox.number;
	self->inbox.has_newest = 0;
	last_frame_announce(&self->last_frame, self->inbox.number);
	offered_memory_cancel_wait(&self->memory);
	found = announced_frame_inspect(frame, &self->view, refresh(self), &wish);
	if (found == CVM_FRAME_WHOLE)
		frame_reader_read(self);
	else if (found == CVM_FRAME_CODED)
		frame_reader_read_unit(self);
	else
		frame_reader_report(self, found);
}

static void retry_waiting(struct cvm_frame_reader *self)
{
	enum cvm_frame_result found = announced_frame_reinspect(&self->frame, &self->view, refresh(self));

	if (found == CVM_FRAME_WHOLE) {
		/* Its access unit has already been reported. */
		self->frame.unit.size = 0;
		frame_reader_read(self);
	} else {
		offered_memory_cancel_wait(&self->memory);
		frame_reader_report(self, found);
	}
}

static int is_closing(struct cvm_frame_reader *self)
{
	int closing;

	pthread_mutex_lock(&self->lock);
	closing = self->closing;
	pthread_mutex_unlock(&self->lock);
	return closing;
}

void *frame_reader_run(void *argument)
{
	struct cvm_frame_reader *self = argument;
	uint64_t woken;

	while (!is_closing(self)) {
		/* Memory may have been offered while a frame was read into other memory. */
		if (offered_memory_is_wanted(&self->memory))
			self->inbox.is_prompt = 0;
		else
			inbox_wait(&self->inbox, self->wake);
		if (read(self->wake, &woken, sizeof woken) < 0)
			woken = 0;
		inbox_receive(&self->inbox);
		if (self->inbox.has_newest)
			process_newest(self);
		else if (offered_memory_is_wanted(&self->memory))
			retry_waiting(self);
		inbox_update_connection(&self->inbox);
	}
	inbox_close(&self->inbox);
	pthread_mutex_lock(&self->mapping);
	producer_view_close(&self->view);
	pthread_mutex_unlock(&self->mapping);
	return NULL;
}
