#define _GNU_SOURCE
#include "frame_reader_read.h"

#include "clock.h"

#include <time.h>

typedef void settle_function(struct cvm_frame_reader *self, uint64_t duration_ns);

void frame_reader_report(struct cvm_frame_reader *self, enum cvm_frame_result result)
{
	struct cvm_event *event = &self->frame.event;

	event->result = result;
	event->mappings = self->view.mappings;
	event->announcements = (uint32_t)(event->number - self->reported);
	if (event_ring_post(&self->events, event))
		self->reported = event->number;
	else
		unit_memory_put(&self->units, event->unit);
	/* The unit belongs to the posted event; a frame that waits is reported again without it. */
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

static void remember_whole(struct cvm_frame_reader *self, const struct plane_snapshot *plane)
{
	const struct announced_frame *frame = &self->frame;
	struct whole_frame whole = { frame->event.number, *plane, frame->mapping };

	last_frame_set(&self->last_frame, &whole);
}

/* An access unit is in the reader's own memory, so nothing can be withdrawn during this wait. */
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

/*
 * Validates the copy of a plane. Returns CVM_FRAME_WHOLE if all of it is from the announced frame. Without `settle` it
 * does not wait for the settle time.
 */
static enum cvm_frame_result validate(struct cvm_frame_reader *self, const struct plane_snapshot *plane,
				      settle_function *settle)
{
	struct announced_frame *frame = &self->frame;
	uint64_t limit_ns, settle_ns;
	enum cvm_check check;

	get_pace(self, &limit_ns, &settle_ns);
	check = announced_frame_check(frame, &self->view, plane);
	if (check == CVM_CHECK_UNCHANGED && settle_ns && settle) {
		frame->event.settled = 1;
		settle(self, settle_ns);
		check = announced_frame_check(frame, &self->view, plane);
	}
	if (check != CVM_CHECK_UNCHANGED)
		return (enum cvm_frame_result)check;
	/* This applies after settling too: a writer that is overdue may be preempted rather than idle. */
	if (limit_ns && cvm_clock_monotonic_ns() - frame->valid_at_ns > limit_ns)
		return CVM_FRAME_LATE;
	if (inbox_has_newer(&self->inbox))
		return CVM_FRAME_LATE;
	remember_whole(self, plane);
	return CVM_FRAME_WHOLE;
}

/* Reads the picture into the memory on offer. Returns CVM_FRAME_WAITING if none is suitable. */
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
	result = validate(self, &frame->picture, settle_picture);
	if (result != CVM_FRAME_WHOLE)
		return result;
	if (!offered_memory_use(&self->memory, &self->taker))
		return CVM_FRAME_WAITING;
	return CVM_FRAME_WHOLE;
}

/* Places the frame on the media clock. Only once per frame: the clock does not follow times that repeat. */
static void place(struct cvm_frame_reader *self)
{
	struct cvm_event *event = &self->frame.event;
	uint64_t capture_ns = picture_stamp_ns(event->metadata), stamp_ns;

	if (self->frame.is_placed)
		return;
	self->frame.is_placed = 1;
	stamp_ns = stream_clock_stamp_ns(&self->stream_clock, capture_ns, &self->frame.coded);
	cvm_media_clock_place(&self->clock, stamp_ns, event->arrived_ns, event->arrived_unix_us, &event->time);
	/* Not from the stream clock, which counts from another origin. */
	if (self->frame.coded.size || event->time.followed)
		event->time.capture_unix_ns = media_clock_unix_ns(capture_ns, event->arrived_unix_us);
}

/*
 * Reads the access unit into the event. Returns CVM_FRAME_WHOLE on success. Without `settle` the unit must still be
 * checked again.
 */
static enum cvm_frame_result read_unit(struct cvm_frame_reader *self, settle_function *settle)
{
	struct announced_frame *frame = &self->frame;
	enum cvm_frame_result result = CVM_FRAME_FAULT;
	uint8_t *unit = unit_memory_get(&self->units, frame->coded.size);

	if (!unit)
		return CVM_FRAME_LATE;
	if (!announced_frame_copy_unit(frame, &self->view, unit)) {
		frame->event.ended_ns = cvm_clock_monotonic_ns();
		result = validate(self, &frame->unit, settle);
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

/* Reports a whole frame and then hands it over, so that its event precedes anything that results from the frame. */
static void deliver(struct cvm_frame_reader *self)
{
	struct cvm_event *event = &self->frame.event;

	place(self);
	event->handed_over = self->taker.source != NULL;
	frame_reader_report(self, CVM_FRAME_WHOLE);
	if (event->handed_over) {
		gst_hand_over(&self->taker, event->time.pts_us);
		offered_memory_end(&self->memory);
	}
}

/*
 * Checks the access unit again if a settle time is set, and discards it if it has changed. The unit was read before the
 * picture, which has already settled unless it could not be read. How long the picture took does not affect the unit.
 */
static void confirm_unit(struct cvm_frame_reader *self, enum cvm_frame_result picture_result)
{
	struct cvm_event *event = &self->frame.event;
	uint64_t limit_ns, settle_ns;

	get_pace(self, &limit_ns, &settle_ns);
	if (!settle_ns)
		return;
	if (!event->settled && picture_result != CVM_FRAME_WHOLE)
		settle_unit(self, settle_ns);
	if (announced_frame_check(&self->frame, &self->view, &self->frame.unit) == CVM_CHECK_UNCHANGED)
		return;
	unit_memory_put(&self->units, event->unit);
	event->unit = NULL;
	event->unit_size = 0;
}

void frame_reader_read(struct cvm_frame_reader *self)
{
	enum cvm_frame_result result;

	/* If the unit cannot be read, the picture still may be. Both settle together. */
	if (self->frame.unit.size)
		read_unit(self, NULL);
	result = read_picture(self);
	if (self->frame.event.unit)
		confirm_unit(self, result);
	if (result == CVM_FRAME_WHOLE)
		deliver(self);
	else
		frame_reader_report(self, result);
}

void frame_reader_read_unit(struct cvm_frame_reader *self)
{
	enum cvm_frame_result result = read_unit(self, settle_unit);

	frame_reader_report(self, result == CVM_FRAME_WHOLE ? CVM_FRAME_CODED : result);
}
