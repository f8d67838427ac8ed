#define _GNU_SOURCE
#include "frame_reader.h"

#include "announced_frame.h"
#include "clock.h"
#include "hindsight.h"
#include "stream_clock.h"
#include "unit_memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

struct cvm_frame_reader {
	char *endpoint, *segment_name;
	pthread_t thread;
	int wake; /* eventfd: there is memory for a frame that waits, or the end */
	struct event_ring events;
	struct offered_memory memory;
	struct unit_memory units;
	uint8_t *taken; /* the access unit of the event that was taken last, until the next is */

	/* Of the thread */
	struct inbox inbox;
	struct announced_frame frame;
	struct cvm_media_clock clock;
	struct cvm_taker taker; /* of the frame that was just read; without a source, JavaScript gives it to somebody */
	struct stream_clock stream_clock;
	uint64_t reported; /* number of the last sync message of which an event has told */

	struct producer_view view;
	pthread_mutex_t mapping; /* held by the thread where it changes `view`, and by others where they read it */

	struct hindsight hindsight;

	pthread_mutex_t lock; /* over all that follows */
	int closing;
	uint64_t limit_ns, settle_ns;
	struct cvm_wish wish;
};

static void report(struct cvm_frame_reader *self, enum cvm_frame_result result)
{
	struct cvm_event *event = &self->frame.event;

	event->result = result;
	event->mappings = self->view.mappings;
	event->announcements = (uint32_t)(event->number - self->reported);
	if (event_ring_post(&self->events, event))
		self->reported = event->number;
	else
		unit_memory_put(&self->units, event->unit);
	/* It is told once. */
	event->unit = NULL;
	event->unit_size = 0;
}

static void get_pace(struct cvm_frame_reader *self, uint64_t *limit_ns, uint64_t *settle_ns)
{
	pthread_mutex_lock(&self->lock);
	*limit_ns = self->limit_ns;
	*settle_ns = self->settle_ns;
	pthread_mutex_unlock(&self->lock);
}

static struct cvm_wish get_wish(struct cvm_frame_reader *self)
{
	struct cvm_wish wish;

	pthread_mutex_lock(&self->lock);
	wish = self->wish;
	pthread_mutex_unlock(&self->lock);
	return wish;
}

static void note_whole(struct cvm_frame_reader *self, const struct seen_plane *plane)
{
	const struct announced_frame *frame = &self->frame;
	struct whole_frame whole = { frame->event.number, *plane, frame->mapping };

	hindsight_whole(&self->hindsight, &whole);
}

/* There is no memory that could be taken back meanwhile. */
static void settle_unit(struct cvm_frame_reader *self, uint64_t duration_ns)
{
	struct timespec duration = { (time_t)(duration_ns / 1000000000u), (long)(duration_ns % 1000000000u) };

	(void)self;
	nanosleep(&duration, NULL);
}

static void settle_picture(struct cvm_frame_reader *self, uint64_t duration_ns)
{
	offered_memory_settle(&self->memory, duration_ns);
}

/* Whether what was copied of a plane is of one frame. CVM_FRAME_WHOLE: it is. Without `settle`, at once. */
static enum cvm_frame_result judge(struct cvm_frame_reader *self, const struct seen_plane *plane,
				   void (*settle)(struct cvm_frame_reader *, uint64_t))
{
	struct announced_frame *frame = &self->frame;
	uint64_t limit_ns, settle_ns;
	enum cvm_look look;

	get_pace(self, &limit_ns, &settle_ns);
	look = announced_frame_look(frame, &self->view, plane);
	if (look == CVM_LOOK_SAME && settle_ns && settle) {
		frame->event.settled = 1;
		settle(self, settle_ns);
		look = announced_frame_look(frame, &self->view, plane);
	}
	if (look != CVM_LOOK_SAME)
		return (enum cvm_frame_result)look;
	/* Also after a pause: a writer that is overdue and does not show is held up, not absent. */
	if (limit_ns && cvm_clock_monotonic_ns() - frame->looked_ns > limit_ns)
		return CVM_FRAME_LATE;
	if (inbox_has_newer(&self->inbox))
		return CVM_FRAME_LATE;
	note_whole(self, plane);
	return CVM_FRAME_WHOLE;
}

/* Reads the picture into memory on offer. CVM_FRAME_WAITING: there is none that fits. */
static enum cvm_frame_result read_picture(struct cvm_frame_reader *self)
{
	struct announced_frame *frame = &self->frame;
	uint8_t layout[CVM_LAYOUT_SIZE];
	const struct cvm_picture *picture;
	enum cvm_frame_result result;
	int fault;

	cvm_picture_layout(frame->event.metadata, layout);
	picture = event_ring_has_room(&self->events) ? offered_memory_begin(&self->memory, layout) : NULL;
	if (!picture)
		return CVM_FRAME_WAITING;
	fault = announced_frame_copy(frame, &self->view, picture);
	frame->event.ended_ns = cvm_clock_monotonic_ns();
	offered_memory_end(&self->memory);
	if (fault)
		return CVM_FRAME_FAULT;
	result = judge(self, &frame->picture, settle_picture);
	if (result != CVM_FRAME_WHOLE)
		return result;
	if (!offered_memory_use(&self->memory, &self->taker))
		return CVM_FRAME_WAITING;
	return CVM_FRAME_WHOLE;
}

/* Once for each frame: a clock that repeats is not followed. */
static void place(struct cvm_frame_reader *self)
{
	struct cvm_event *event = &self->frame.event;
	uint64_t capture_ns = picture_stamp_ns(event->metadata), stamp_ns;

	if (self->frame.is_placed)
		return;
	self->frame.is_placed = 1;
	stamp_ns = stream_clock_stamp_ns(&self->stream_clock, capture_ns, &self->frame.coded);
	cvm_media_clock_place(&self->clock, stamp_ns, event->arrived_ns, event->arrived_unix_us, &event->time);
	if (self->frame.coded.size)
		event->time.capture_unix_us = media_clock_unix_us(capture_ns, event->arrived_unix_us);
}

/* Reads the access unit. CVM_FRAME_WHOLE: it is in the event. Without `settle`, it has yet to be looked at again. */
static enum cvm_frame_result read_unit(struct cvm_frame_reader *self,
				       void (*settle)(struct cvm_frame_reader *, uint64_t))
{
	struct announced_frame *frame = &self->frame;
	enum cvm_frame_result result = CVM_FRAME_FAULT;
	uint8_t *unit = unit_memory_get(&self->units, frame->coded.size);

	if (!unit)
		return CVM_FRAME_LATE;
	if (!announced_frame_copy_unit(frame, &self->view, unit)) {
		frame->event.ended_ns = cvm_clock_monotonic_ns();
		result = judge(self, &frame->unit, settle);
	}
	if (result != CVM_FRAME_WHOLE) {
		unit_memory_put(&self->units, unit);
		return result;
	}
	frame->event.unit = unit;
	frame->event.unit_size = (uint32_t)frame->coded.size;
	place(self);
	return CVM_FRAME_WHOLE;
}

/* Tells of a whole frame before it is handed over: nothing that comes of it is heard of earlier than this. */
static void deliver(struct cvm_frame_reader *self)
{
	struct cvm_event *event = &self->frame.event;

	place(self);
	event->handed_over = self->taker.source != NULL;
	report(self, CVM_FRAME_WHOLE);
	if (event->handed_over) {
		gst_hand_over(&self->taker, event->time.pts_us);
		offered_memory_end(&self->memory);
	}
}

static void read_unit_and_tell(struct cvm_frame_reader *self)
{
	enum cvm_frame_result result = read_unit(self, settle_unit);

	report(self, result == CVM_FRAME_WHOLE ? CVM_FRAME_CODED : result);
}

/*
 * Looks at the access unit again where its producer is not trusted: it was read before the picture, which has settled
 * since, unless it could not be read. How long the picture took does not matter to the unit.
 */
static void confirm_unit(struct cvm_frame_reader *self, enum cvm_frame_result of_picture)
{
	struct cvm_event *event = &self->frame.event;
	uint64_t limit_ns, settle_ns;

	get_pace(self, &limit_ns, &settle_ns);
	if (!settle_ns)
		return;
	if (!event->settled && of_picture != CVM_FRAME_WHOLE)
		settle_unit(self, settle_ns);
	if (announced_frame_look(&self->frame, &self->view, &self->frame.unit) == CVM_LOOK_SAME)
		return;
	unit_memory_put(&self->units, event->unit);
	event->unit = NULL;
	event->unit_size = 0;
}

static void read_and_tell(struct cvm_frame_reader *self)
{
	enum cvm_frame_result result;

	/* Where it is lost, there is still the picture. They settle together. */
	if (self->frame.unit.size)
		read_unit(self, NULL);
	result = read_picture(self);
	if (self->frame.event.unit)
		confirm_unit(self, result);
	if (result == CVM_FRAME_WHOLE)
		deliver(self);
	else
		report(self, result);
}

static enum view_state refresh(struct cvm_frame_reader *self)
{
	enum view_state state;

	pthread_mutex_lock(&self->mapping);
	state = producer_view_refresh(&self->view, &self->frame.event.error);
	pthread_mutex_unlock(&self->mapping);
	return state;
}

static void look_at_newest(struct cvm_frame_reader *self)
{
	struct announced_frame *frame = &self->frame;
	struct cvm_wish wish = get_wish(self);
	enum cvm_frame_result found;

	announced_frame_init(frame, &self->inbox.newest);
	frame->event.prompt = (uint32_t)self->inbox.is_prompt;
	frame->event.number = self->inbox.number;
	self->inbox.has_newest = 0;
	hindsight_heard(&self->hindsight, self->inbox.number);
	offered_memory_forget(&self->memory);
	found = announced_frame_find(frame, &self->view, refresh(self), &wish);
	if (found == CVM_FRAME_WHOLE)
		read_and_tell(self);
	else if (found == CVM_FRAME_CODED)
		read_unit_and_tell(self);
	else
		report(self, found);
}

static void look_at_waiting(struct cvm_frame_reader *self)
{
	enum cvm_frame_result found = announced_frame_find_again(&self->frame, &self->view, refresh(self));

	if (found == CVM_FRAME_WHOLE) {
		/* Its access unit was told of before. */
		self->frame.unit.size = 0;
		read_and_tell(self);
	} else {
		offered_memory_forget(&self->memory);
		report(self, found);
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
	struct cvm_event left;

	unit_memory_put(&self->units, self->taken);
	while (event_ring_take(&self->events, &left))
		unit_memory_put(&self->units, left.unit);
	unit_memory_destroy(&self->units);
	offered_memory_destroy(&self->memory);
	event_ring_destroy(&self->events);
	hindsight_destroy(&self->hindsight);
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
	unit_memory_init(&self->units);
	hindsight_init(&self->hindsight);
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

void cvm_frame_reader_hand_over(struct cvm_frame_reader *self, const void *source)
{
	offered_memory_set_idle(&self->memory, source && gst_is_there() ? source : NULL);
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

	if (!hindsight_get(&self->hindsight, number, &frame))
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
