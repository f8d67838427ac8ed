#define _GNU_SOURCE
#include "frame_reader.h"

#include "clock.h"
#include "inbox.h"
#include "producer_view.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* A frame that was announced, and what was found of it at that moment. */
struct announced {
	struct cvm_event event;
	uint32_t frame_count;
	uint64_t plane_size, fingerprint;
	uint64_t looked_ns; /* when it was seen to stand: what the limit counts from */
	uint64_t written; /* bytes of the segment that are known to have been written */
	unsigned mapping;
};

struct cvm_frame_reader {
	char *endpoint, *segment_name;
	pthread_t thread;
	int wake; /* eventfd: there is memory for a frame that waits, or the end */
	struct event_ring events;
	struct offered_memory memory;

	/* Of the thread */
	struct inbox inbox;
	struct announced frame;
	uint64_t reported; /* number of the last sync message of which an event has told */

	struct producer_view view;
	pthread_mutex_t mapping; /* held by the thread where it changes `view`, and by others where they read it */

	pthread_mutex_t lock; /* over all that follows */
	int closing;
	uint64_t limit_ns, settle_ns;
	uint64_t heard; /* number of the newest sync message */
	struct whole {
		uint64_t number, plane_size, fingerprint;
		unsigned mapping;
	} whole; /* the last whole frame */
};

static void report(struct cvm_frame_reader *self, enum cvm_frame_result result)
{
	struct cvm_event *event = &self->frame.event;

	event->result = result;
	event->mappings = self->view.mappings;
	event->announcements = (uint32_t)(event->number - self->reported);
	if (event_ring_post(&self->events, event))
		self->reported = event->number;
}

static void get_pace(struct cvm_frame_reader *self, uint64_t *limit_ns, uint64_t *settle_ns)
{
	pthread_mutex_lock(&self->lock);
	*limit_ns = self->limit_ns;
	*settle_ns = self->settle_ns;
	pthread_mutex_unlock(&self->lock);
}

static void note_whole(struct cvm_frame_reader *self)
{
	const struct announced *frame = &self->frame;

	pthread_mutex_lock(&self->lock);
	self->whole = (struct whole){ frame->event.number, frame->plane_size, frame->fingerprint, frame->mapping };
	pthread_mutex_unlock(&self->lock);
}

static enum cvm_look look_again(const struct cvm_frame_reader *self)
{
	const struct announced *frame = &self->frame;

	return cvm_look_again(self->view.bytes, self->view.size, frame->event.metadata, frame->plane_size,
			      frame->fingerprint);
}

/* Reads the frame into memory on offer. CVM_FRAME_WAITING: there is none that fits. */
static enum cvm_frame_result read_frame(struct cvm_frame_reader *self)
{
	const struct producer_view *view = &self->view;
	struct announced *frame = &self->frame;
	uint8_t layout[CVM_LAYOUT_SIZE];
	const struct cvm_picture *picture;
	uint64_t limit_ns, settle_ns;
	enum cvm_look look;
	int fault;

	cvm_picture_layout(frame->event.metadata, layout);
	picture = event_ring_has_room(&self->events) ? offered_memory_begin(&self->memory, layout) : NULL;
	if (!picture)
		return CVM_FRAME_WAITING;
	fault = frame->written < picture_end(picture) ||
		cvm_copy_picture(picture, view->bytes, view->size, self->events.wakeups);
	frame->event.ended_ns = cvm_clock_monotonic_ns();
	offered_memory_copied(&self->memory);
	if (fault)
		return CVM_FRAME_FAULT;
	get_pace(self, &limit_ns, &settle_ns);
	look = look_again(self);
	if (look == CVM_LOOK_SAME && settle_ns) {
		frame->event.settled = 1;
		offered_memory_settle(&self->memory, settle_ns);
		look = look_again(self);
	}
	if (look != CVM_LOOK_SAME)
		return (enum cvm_frame_result)look;
	/* Also after a pause: a writer that is overdue and does not show is held up, not absent. */
	if (limit_ns && cvm_clock_monotonic_ns() - frame->looked_ns > limit_ns)
		return CVM_FRAME_LATE;
	if (inbox_has_newer(&self->inbox))
		return CVM_FRAME_LATE;
	note_whole(self);
	return offered_memory_use(&self->memory) ? CVM_FRAME_WHOLE : CVM_FRAME_WAITING;
}

static enum view_state refresh(struct cvm_frame_reader *self)
{
	enum view_state state;

	pthread_mutex_lock(&self->mapping);
	state = producer_view_refresh(&self->view, &self->frame.event.error);
	pthread_mutex_unlock(&self->mapping);
	return state;
}

/* Finds what there is of the frame that was announced. CVM_FRAME_WHOLE: it can be read. */
static enum cvm_frame_result find(struct cvm_frame_reader *self)
{
	struct announced *frame = &self->frame;
	struct cvm_event *event = &frame->event;
	const struct producer_view *view = &self->view;
	enum view_state state = refresh(self);

	if (state == VIEW_ABSENT)
		return CVM_FRAME_ABSENT;
	frame->mapping = view->mappings;
	frame->written = state == VIEW_CHANGED ? view->written : view->size;
	event->segment_size = view->size;
	if (cvm_read_metadata(view->bytes, view->size, event->metadata))
		return CVM_FRAME_FAULT;
	if (picture_is_unfinished(event->metadata))
		return CVM_FRAME_UNFINISHED;
	frame->plane_size = picture_plane_size(event->metadata, view->size);
	frame->fingerprint = cvm_read_fingerprint(view->bytes, view->size, frame->plane_size);
	if (!frame->fingerprint)
		return CVM_FRAME_FAULT;
	if (picture_frame_count(event->metadata) != frame->frame_count)
		return CVM_FRAME_OTHER;
	return CVM_FRAME_WHOLE;
}

static void look_at_newest(struct cvm_frame_reader *self)
{
	const struct message *message = &self->inbox.newest;
	struct cvm_event *event = &self->frame.event;
	enum cvm_frame_result found;

	memset(&self->frame, 0, sizeof self->frame);
	event->kind = CVM_EVENT_FRAME;
	event->prompt = (uint32_t)self->inbox.is_prompt;
	event->length = message->length;
	event->number = self->inbox.number;
	event->arrived_ns = message->arrived_ns;
	event->arrived_unix_us = message->arrived_unix_us;
	memcpy(event->message, message->bytes, sizeof event->message);
	self->frame.frame_count = message_frame_count(message);
	self->frame.looked_ns = message->arrived_ns;
	self->inbox.has_newest = 0;
	pthread_mutex_lock(&self->lock);
	self->heard = self->inbox.number;
	pthread_mutex_unlock(&self->lock);
	offered_memory_forget(&self->memory);
	found = find(self);
	report(self, found == CVM_FRAME_WHOLE ? read_frame(self) : found);
}

/* Finds what there still is of a frame that has been waiting. */
static enum cvm_frame_result find_again(struct cvm_frame_reader *self)
{
	const struct producer_view *view = &self->view;
	struct announced *frame = &self->frame;
	enum view_state state = refresh(self);

	if (state == VIEW_ABSENT)
		return CVM_FRAME_ABSENT;
	if (frame->mapping != view->mappings)
		return CVM_FRAME_FAULT;
	/* What was read then is no hole now: only a cut since then shows. */
	if (state == VIEW_CHANGED && view->written < frame->written)
		frame->written = view->written;
	frame->looked_ns = cvm_clock_monotonic_ns();
	frame->event.settled = 0;
	return (enum cvm_frame_result)look_again(self);
}

static void look_at_waiting(struct cvm_frame_reader *self)
{
	enum cvm_frame_result found = find_again(self);

	if (found != CVM_FRAME_WHOLE)
		offered_memory_forget(&self->memory);
	report(self, found == CVM_FRAME_WHOLE ? read_frame(self) : found);
}

static int is_closing(struct cvm_frame_reader *self)
{
	int closing;

	pthread_mutex_lock(&self->lock);
	closing = self->closing;
	pthread_mutex_unlock(&self->lock);
	return closing;
}

static void *run(void *argument)
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
			look_at_newest(self);
		else if (offered_memory_is_wanted(&self->memory))
			look_at_waiting(self);
		inbox_follow_connection(&self->inbox);
	}
	inbox_close(&self->inbox);
	pthread_mutex_lock(&self->mapping);
	producer_view_close(&self->view);
	pthread_mutex_unlock(&self->mapping);
	return NULL;
}

static void release(struct cvm_frame_reader *self)
{
	offered_memory_destroy(&self->memory);
	event_ring_destroy(&self->events);
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
	error = pthread_create(&self->thread, NULL, run, self);
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

	/* It fails only when the count is at its end: then the thread is woken all the same. */
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

void cvm_frame_reader_pace(struct cvm_frame_reader *self, uint64_t limit_ns, uint64_t settle_ns)
{
	pthread_mutex_lock(&self->lock);
	self->limit_ns = limit_ns;
	self->settle_ns = settle_ns;
	pthread_mutex_unlock(&self->lock);
}

uint32_t cvm_frame_reader_take(struct cvm_frame_reader *self, struct cvm_event *out, uint32_t capacity,
			       uint64_t *lost)
{
	*lost = self->inbox.lost;
	return event_ring_take(&self->events, out, capacity);
}

int cvm_frame_reader_stands(struct cvm_frame_reader *self, uint64_t number)
{
	uint64_t now = 0, heard;
	struct whole whole;

	pthread_mutex_lock(&self->lock);
	heard = self->heard;
	whole = self->whole;
	pthread_mutex_unlock(&self->lock);
	if (whole.number != number || heard != number)
		return 1;
	pthread_mutex_lock(&self->mapping);
	if (self->view.bytes && self->view.mappings == whole.mapping)
		now = cvm_read_fingerprint(self->view.bytes, self->view.size, whole.plane_size);
	pthread_mutex_unlock(&self->mapping);
	return now == 0 || now == whole.fingerprint;
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
