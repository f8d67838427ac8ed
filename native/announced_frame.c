#include "announced_frame.h"

#include "clock.h"
#include "picture_layout.h"

#include <string.h>

void announced_frame_init(struct announced_frame *self, const struct message *message)
{
	struct cvm_event *event = &self->event;

	memset(self, 0, sizeof *self);
	event->kind = CVM_EVENT_FRAME;
	event->length = message->length;
	event->arrived_ns = message->arrived_ns;
	event->arrived_unix_us = message->arrived_unix_us;
	memcpy(event->message, message->bytes, sizeof event->message);
	self->frame_count = message_frame_count(message);
	self->valid_at_ns = message->arrived_ns;
}

/* Returns 0, or -1 if the plane cannot be read. */
static int take_snapshot(struct plane_snapshot *plane, const struct producer_view *view, uint64_t offset, uint64_t size)
{
	plane->offset = offset;
	plane->size = size;
	plane->fingerprint = cvm_read_fingerprint(view->bytes, view->size, offset, size);
	return plane->fingerprint ? 0 : -1;
}

enum cvm_frame_result announced_frame_inspect(struct announced_frame *self, const struct producer_view *view,
					   enum view_state state, const struct cvm_wish *wish)
{
	struct cvm_event *event = &self->event;
	int has_unit, is_picture_wanted;

	if (state == VIEW_ABSENT)
		return CVM_FRAME_ABSENT;
	self->mapping = view->mappings;
	self->written = state == VIEW_CHANGED ? view->written : view->size;
	event->segment_size = view->size;
	if (cvm_read_metadata(view->bytes, view->size, event->metadata))
		return CVM_FRAME_FAULT;
	if (picture_is_unfinished(event->metadata))
		return CVM_FRAME_UNFINISHED;
	has_unit = wish->codec && coded_plane_find(event->metadata, view->size, wish->codec, &self->coded);
	if (has_unit && take_snapshot(&self->unit, view, self->coded.offset, self->coded.size))
		return CVM_FRAME_FAULT;
	is_picture_wanted = !has_unit || wish->pictures_too;
	if (is_picture_wanted && take_snapshot(&self->picture, view, CVM_METADATA_SIZE,
				     picture_plane_size(event->metadata, view->size)))
		return CVM_FRAME_FAULT;
	if (picture_frame_count(event->metadata) != self->frame_count)
		return CVM_FRAME_OTHER;
	return is_picture_wanted ? CVM_FRAME_WHOLE : CVM_FRAME_CODED;
}

enum cvm_frame_result announced_frame_reinspect(struct announced_frame *self, const struct producer_view *view,
						 enum view_state state)
{
	if (state == VIEW_ABSENT)
		return CVM_FRAME_ABSENT;
	if (self->mapping != view->mappings)
		return CVM_FRAME_FAULT;
	/* Reading fills holes, so only a cut since the first inspection is still visible as one. */
	if (state == VIEW_CHANGED && view->written < self->written)
		self->written = view->written;
	self->valid_at_ns = cvm_clock_monotonic_ns();
	self->event.settled = 0;
	return (enum cvm_frame_result)announced_frame_check(self, view, &self->picture);
}

int announced_frame_copy(const struct announced_frame *self, const struct producer_view *view,
			 const struct cvm_picture *picture)
{
	if (self->written < picture_end(picture))
		return -1;
	return cvm_copy_picture(picture, view->bytes, view->size);
}

int announced_frame_copy_unit(const struct announced_frame *self, const struct producer_view *view, uint8_t *to)
{
	if (self->written < self->coded.offset + self->coded.size)
		return -1;
	return cvm_coded_plane_copy(&self->coded, view->bytes, view->size, to);
}

enum cvm_check announced_frame_check(const struct announced_frame *self, const struct producer_view *view,
				   const struct plane_snapshot *plane)
{
	return cvm_check_frame(view->bytes, view->size, self->event.metadata, plane->offset, plane->size,
			      plane->fingerprint);
}
