#define _GNU_SOURCE
#include "frame_reader.h"

#include "clock.h"
#include "producer_view.h"
#include "subscription.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum {
	RING = 256,
	/* Messages that are taken before a frame is looked at, however many more there are. */
	BATCH = RING,
	SYNC_SIZE = 48,
	SYNC_MAGIC = 0x7d,
	/* Offsets in a sync message and in the metadata, of every version */
	SYNC_MAJOR = 2,
	SYNC_COUNT = 4,
	METADATA_MAJOR = 8,
	METADATA_COUNT = 12,
	V1_LAYOUT = 24,
	V1_LAYOUT_SIZE = 12,
	V1_BUFFER_SIZE = 32,
	V2_LEFT = 64,
	V2_LEFT_SIZE = 24,
	V2_LEFT_BYTES = V2_LEFT + 20,
};

/* A frame that was announced, and what was found of it at that moment. */
struct announced {
	struct cvm_event event;
	uint64_t plane_size, fingerprint;
	uint64_t written; /* bytes of the segment that are known not to be a hole */
	unsigned mapping;
};

/* A message as it arrived. */
struct message {
	uint8_t bytes[CVM_MESSAGE_CAPACITY];
	uint32_t length;
	uint64_t arrived_ns, arrived_unix_us;
};

struct cvm_frame_reader {
	struct subscription subscription;
	struct producer_view view; /* mapped and unmapped by the thread, under `mapping` */
	pthread_mutex_t mapping;
	struct cvm_wakeups *wakeups;
	uint32_t id;
	int wake; /* eventfd: an offer for a frame that waits, or the end */
	pthread_t thread;
	char *endpoint, *segment_name;

	/* Of the thread */
	struct announced frame;
	struct message next, newest; /* received, but not handled; the newest sync message, whose frame was not read */
	int has_next, has_newest;
	uint64_t number;     /* of the newest sync message */
	uint32_t unreported; /* sync messages since the last event of a frame */

	pthread_mutex_t lock; /* over all that follows */
	pthread_cond_t changed;
	int closing;
	struct cvm_offer offer;
	int is_offered, is_writing; /* the latter: into the memory on offer */
	int is_waiting;             /* `frame` is, for memory */
	uint64_t limit_ns, settle_ns;
	struct cvm_event ring[RING];
	uint64_t posted, taken, lost; /* they only grow; the last are messages that found no room */
	/* The last whole frame */
	uint64_t whole_number, whole_plane_size, whole_fingerprint, heard_number;
	unsigned whole_mapping;
};

static uint32_t u32(const uint8_t *bytes)
{
	uint32_t value;

	memcpy(&value, bytes, sizeof value);
	return value;
}

static int is_v2(const uint8_t *metadata)
{
	return metadata[METADATA_MAJOR] == 2;
}

void cvm_picture_layout(const uint8_t metadata[CVM_METADATA_SIZE], uint8_t layout[CVM_LAYOUT_SIZE])
{
	memset(layout, 0, CVM_LAYOUT_SIZE);
	layout[0] = metadata[METADATA_MAJOR];
	if (is_v2(metadata))
		memcpy(layout + 1, metadata + V2_LEFT, V2_LEFT_SIZE);
	else
		memcpy(layout + 1, metadata + V1_LAYOUT, V1_LAYOUT_SIZE);
}

/* Bytes of the plane that has the picture, as far as the segment goes. */
static uint64_t plane_size(const uint8_t *metadata, uint64_t segment_size)
{
	uint64_t said = u32(metadata + (is_v2(metadata) ? V2_LEFT_BYTES : V1_BUFFER_SIZE));
	uint64_t room = segment_size - CVM_METADATA_SIZE;

	return said < room ? said : room;
}

/* Whether there was room for it. */
static int post(struct cvm_frame_reader *self, const struct cvm_event *event)
{
	int posted;

	pthread_mutex_lock(&self->lock);
	posted = self->posted - self->taken < RING;
	if (posted)
		self->ring[self->posted++ % RING] = *event;
	pthread_mutex_unlock(&self->lock);
	cvm_wakeups_raise(self->wakeups, self->id);
	return posted;
}

static void post_kind(struct cvm_frame_reader *self, enum cvm_event_kind kind, int error)
{
	struct cvm_event event = { .kind = kind, .error = error };

	event.arrived_ns = cvm_clock_monotonic_ns();
	post(self, &event);
}

static void report(struct cvm_frame_reader *self, enum cvm_frame_result result)
{
	struct cvm_event *event = &self->frame.event;

	event->result = result;
	event->mappings = self->view.mappings;
	event->announcements = self->unreported;
	if (post(self, event))
		self->unreported = 0;
}

/* Sees to it that `next` holds the next message. 0: there is none now. */
static int fetch(struct cvm_frame_reader *self)
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

static int is_sync(const struct message *message)
{
	return message->length == SYNC_SIZE && message->bytes[0] == SYNC_MAGIC && message->bytes[SYNC_MAJOR] == 1;
}

static void post_message(struct cvm_frame_reader *self, const struct message *message)
{
	struct cvm_event event = { .kind = CVM_EVENT_MESSAGE, .length = message->length };

	event.arrived_ns = message->arrived_ns;
	memcpy(event.message, message->bytes, sizeof event.message);
	if (post(self, &event))
		return;
	pthread_mutex_lock(&self->lock);
	self->lost++;
	pthread_mutex_unlock(&self->lock);
}

/* Takes the messages that are there. Of frames the newest counts; what follows it waits until it was read. */
static void receive(struct cvm_frame_reader *self)
{
	for (int taken = 0; taken < BATCH && fetch(self); taken++) {
		if (is_sync(&self->next)) {
			self->newest = self->next;
			self->has_newest = 1;
			self->number++;
			self->unreported++;
		} else if (self->has_newest) {
			break;
		} else {
			post_message(self, &self->next);
		}
		self->has_next = 0;
	}
	pthread_mutex_lock(&self->lock);
	self->heard_number = self->number;
	pthread_mutex_unlock(&self->lock);
}

static void follow_connection(struct cvm_frame_reader *self)
{
	uint64_t now = cvm_clock_monotonic_ns();
	enum subscription_news news;
	int error;

	while ((news = subscription_news(&self->subscription, now)) != SUBSCRIPTION_UNCHANGED)
		post_kind(self, news == SUBSCRIPTION_CONNECTED ? CVM_EVENT_CONNECTED : CVM_EVENT_DISCONNECTED, 0);
	error = subscription_mend(&self->subscription, now);
	if (error)
		post_kind(self, CVM_EVENT_FAILED, error);
}

/* Waits until something changes, at most so long. `lock` is held. */
static void wait_for_change(struct cvm_frame_reader *self, uint64_t end_ns)
{
	struct timespec end = { (time_t)(end_ns / 1000000000u), (long)(end_ns % 1000000000u) };

	pthread_cond_timedwait(&self->changed, &self->lock, &end);
}

/* Gives a writer that is held up the time to show itself, unless the memory is wanted back. */
static void settle(struct cvm_frame_reader *self, uint64_t settle_ns)
{
	uint64_t end = cvm_clock_monotonic_ns() + settle_ns;

	pthread_mutex_lock(&self->lock);
	while (self->is_offered && cvm_clock_monotonic_ns() < end)
		wait_for_change(self, end);
	pthread_mutex_unlock(&self->lock);
}

/* Whether there is memory for this layout; nobody takes it back then until end_writing(). */
static int begin_writing(struct cvm_frame_reader *self, uint64_t *limit_ns, uint64_t *settle_ns)
{
	uint8_t layout[CVM_LAYOUT_SIZE];

	cvm_picture_layout(self->frame.event.metadata, layout);
	pthread_mutex_lock(&self->lock);
	self->is_writing = self->is_offered && self->posted - self->taken < RING &&
			   !memcmp(layout, self->offer.layout, sizeof layout);
	self->is_waiting = !self->is_writing;
	*limit_ns = self->limit_ns;
	*settle_ns = self->settle_ns;
	pthread_mutex_unlock(&self->lock);
	return self->is_writing;
}

static void copy_has_ended(struct cvm_frame_reader *self)
{
	self->frame.event.ended_ns = cvm_clock_monotonic_ns();
	pthread_mutex_lock(&self->lock);
	self->is_writing = 0;
	pthread_cond_broadcast(&self->changed);
	pthread_mutex_unlock(&self->lock);
}

/* Keeps the memory from being on offer, unless it was withdrawn meanwhile. */
static int use_offer(struct cvm_frame_reader *self)
{
	const struct announced *frame = &self->frame;
	int used;

	pthread_mutex_lock(&self->lock);
	used = self->is_offered;
	self->is_offered = 0;
	self->is_waiting = !used;
	if (used) {
		self->whole_number = frame->event.number;
		self->whole_plane_size = frame->plane_size;
		self->whole_fingerprint = frame->fingerprint;
		self->whole_mapping = frame->mapping;
	}
	pthread_mutex_unlock(&self->lock);
	return used;
}

/* Reads the frame into the memory on offer, for which begin_writing() was called. */
static enum cvm_frame_result read_frame(struct cvm_frame_reader *self, uint64_t limit_ns, uint64_t settle_ns)
{
	const struct producer_view *view = &self->view;
	struct announced *frame = &self->frame;
	int fault = frame->written < picture_end(&self->offer.picture) ||
		    cvm_copy_picture(&self->offer.picture, view->bytes, view->size);
	enum cvm_look look;

	copy_has_ended(self);
	if (fault)
		return CVM_FRAME_FAULT;
	if (settle_ns)
		settle(self, settle_ns);
	look = cvm_look_again(view->bytes, view->size, frame->event.metadata, frame->plane_size,
			      frame->fingerprint);
	if (look != CVM_LOOK_SAME)
		return (enum cvm_frame_result)look;
	if (limit_ns && frame->event.ended_ns - frame->event.arrived_ns > limit_ns)
		return CVM_FRAME_LATE;
	if (fetch(self) && is_sync(&self->next))
		return CVM_FRAME_LATE;
	return use_offer(self) ? CVM_FRAME_WHOLE : CVM_FRAME_WAITING;
}

/* Reads the frame into memory on offer, if there is any that fits. */
static void read_or_wait(struct cvm_frame_reader *self)
{
	uint64_t limit_ns, settle_ns;

	if (!begin_writing(self, &limit_ns, &settle_ns))
		report(self, CVM_FRAME_WAITING);
	else
		report(self, read_frame(self, limit_ns, settle_ns));
}

static enum view_state refresh(struct cvm_frame_reader *self, int *error)
{
	enum view_state state;

	pthread_mutex_lock(&self->mapping);
	state = producer_view_refresh(&self->view, error);
	pthread_mutex_unlock(&self->mapping);
	return state;
}

/* Finds what there is of the frame that was announced. CVM_FRAME_WHOLE: it can be read. */
static enum cvm_frame_result find(struct cvm_frame_reader *self)
{
	struct announced *frame = &self->frame;
	struct cvm_event *event = &frame->event;
	const struct producer_view *view = &self->view;
	enum view_state state = refresh(self, &event->error);

	if (state == VIEW_ABSENT)
		return CVM_FRAME_ABSENT;
	frame->mapping = view->mappings;
	frame->written = state == VIEW_CHANGED ? view->written : view->size;
	event->segment_size = view->size;
	if (cvm_read_metadata(view->bytes, view->size, event->metadata))
		return CVM_FRAME_FAULT;
	if (metadata_are_zeroed(event->metadata))
		return CVM_FRAME_UNFINISHED;
	frame->plane_size = plane_size(event->metadata, view->size);
	frame->fingerprint = cvm_read_fingerprint(view->bytes, view->size, frame->plane_size);
	if (!frame->fingerprint)
		return CVM_FRAME_FAULT;
	if (u32(event->metadata + METADATA_COUNT) != u32(event->message + SYNC_COUNT))
		return CVM_FRAME_OTHER;
	return CVM_FRAME_WHOLE;
}

static void look_at_newest(struct cvm_frame_reader *self)
{
	struct cvm_event *event = &self->frame.event;
	enum cvm_frame_result found;

	memset(&self->frame, 0, sizeof self->frame);
	event->kind = CVM_EVENT_FRAME;
	event->length = self->newest.length;
	event->number = self->number;
	event->arrived_ns = self->newest.arrived_ns;
	event->arrived_unix_us = self->newest.arrived_unix_us;
	memcpy(event->message, self->newest.bytes, sizeof event->message);
	self->has_newest = 0;
	pthread_mutex_lock(&self->lock);
	self->is_waiting = 0;
	pthread_mutex_unlock(&self->lock);
	found = find(self);
	if (found == CVM_FRAME_WHOLE)
		read_or_wait(self);
	else
		report(self, found);
}

/* Whether a frame waits for which there may be memory now. */
static int may_read_waiting(struct cvm_frame_reader *self)
{
	uint64_t woken;
	int waiting;

	if (read(self->wake, &woken, sizeof woken) < 0 || self->has_newest)
		return 0;
	pthread_mutex_lock(&self->lock);
	waiting = self->is_waiting && self->is_offered;
	pthread_mutex_unlock(&self->lock);
	return waiting;
}

static void look_at_waiting(struct cvm_frame_reader *self)
{
	const struct producer_view *view = &self->view;
	struct announced *frame = &self->frame;
	enum view_state state = refresh(self, &frame->event.error);
	enum cvm_look look;

	/* What it holds now may be anything. */
	if (state == VIEW_ABSENT || frame->mapping != view->mappings) {
		report(self, state == VIEW_ABSENT ? CVM_FRAME_ABSENT : CVM_FRAME_FAULT);
		return;
	}
	if (state == VIEW_CHANGED && view->written < frame->written)
		frame->written = view->written;
	look = cvm_look_again(view->bytes, view->size, frame->event.metadata, frame->plane_size,
			      frame->fingerprint);
	if (look == CVM_LOOK_SAME)
		read_or_wait(self);
	else
		report(self, (enum cvm_frame_result)look);
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

	while (!is_closing(self)) {
		if (!self->has_newest && !self->has_next)
			subscription_wait(&self->subscription, self->wake, cvm_clock_monotonic_ns());
		follow_connection(self);
		receive(self);
		if (may_read_waiting(self))
			look_at_waiting(self);
		if (self->has_newest)
			look_at_newest(self);
	}
	subscription_close(&self->subscription);
	producer_view_close(&self->view);
	return NULL;
}

static void release(struct cvm_frame_reader *self)
{
	pthread_cond_destroy(&self->changed);
	pthread_mutex_destroy(&self->lock);
	pthread_mutex_destroy(&self->mapping);
	if (self->wake >= 0)
		close(self->wake);
	free(self->endpoint);
	free(self->segment_name);
	free(self);
}

static struct cvm_frame_reader *make(const char *endpoint, const char *segment_name)
{
	struct cvm_frame_reader *self = calloc(1, sizeof *self);
	pthread_condattr_t steady;

	if (!self)
		return NULL;
	pthread_mutex_init(&self->mapping, NULL);
	pthread_mutex_init(&self->lock, NULL);
	pthread_condattr_init(&steady);
	pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
	pthread_cond_init(&self->changed, &steady);
	pthread_condattr_destroy(&steady);
	self->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	self->endpoint = strdup(endpoint);
	self->segment_name = strdup(segment_name);
	return self;
}

static int start(struct cvm_frame_reader *self)
{
	int error;

	if (self->wake < 0)
		return EMFILE;
	if (!self->endpoint || !self->segment_name)
		return ENOMEM;
	producer_view_init(&self->view, self->segment_name);
	error = subscription_open(&self->subscription, self->endpoint);
	if (error)
		return error;
	error = pthread_create(&self->thread, NULL, run, self);
	if (error)
		subscription_close(&self->subscription);
	return error;
}

struct cvm_frame_reader *cvm_frame_reader_open(const char *endpoint, const char *segment_name,
					       struct cvm_wakeups *wakeups, uint32_t id, int32_t *error)
{
	struct cvm_frame_reader *self = make(endpoint, segment_name);

	if (!self) {
		*error = ENOMEM;
		return NULL;
	}
	self->wakeups = wakeups;
	self->id = id;
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
	int waiting;

	pthread_mutex_lock(&self->lock);
	self->offer = *offer;
	self->is_offered = 1;
	waiting = self->is_waiting;
	pthread_mutex_unlock(&self->lock);
	if (waiting)
		wake(self);
}

int cvm_frame_reader_withdraw(struct cvm_frame_reader *self)
{
	int withdrawn;

	pthread_mutex_lock(&self->lock);
	withdrawn = self->is_offered;
	self->is_offered = 0;
	pthread_cond_broadcast(&self->changed);
	while (self->is_writing)
		pthread_cond_wait(&self->changed, &self->lock);
	pthread_mutex_unlock(&self->lock);
	return withdrawn;
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
	uint32_t count = 0;

	pthread_mutex_lock(&self->lock);
	while (count < capacity && self->taken != self->posted)
		out[count++] = self->ring[self->taken++ % RING];
	*lost = self->lost;
	pthread_mutex_unlock(&self->lock);
	return count;
}

int cvm_frame_reader_stands(struct cvm_frame_reader *self, uint64_t number)
{
	uint64_t plane_size, fingerprint, now = 0;
	unsigned mapping;
	int newest;

	pthread_mutex_lock(&self->lock);
	newest = self->whole_number == number && self->heard_number == number;
	plane_size = self->whole_plane_size;
	fingerprint = self->whole_fingerprint;
	mapping = self->whole_mapping;
	pthread_mutex_unlock(&self->lock);
	if (!newest)
		return 1;
	pthread_mutex_lock(&self->mapping);
	if (self->view.bytes && self->view.mappings == mapping)
		now = cvm_read_fingerprint(self->view.bytes, self->view.size, plane_size);
	pthread_mutex_unlock(&self->mapping);
	return now == 0 || now == fingerprint;
}

void cvm_frame_reader_close(struct cvm_frame_reader *self)
{
	pthread_mutex_lock(&self->lock);
	self->closing = 1;
	self->is_offered = 0;
	pthread_cond_broadcast(&self->changed);
	pthread_mutex_unlock(&self->lock);
	wake(self);
	pthread_join(self->thread, NULL);
	release(self);
}
