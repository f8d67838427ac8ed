#ifndef CVM_ANNOUNCED_FRAME_H
#define CVM_ANNOUNCED_FRAME_H

#include "event_ring.h"
#include "inbox.h"
#include "producer_view.h"
#include "read.h"

/* A frame that was announced, and what was found of it at that moment. */
struct announced_frame {
	struct cvm_event event;
	uint32_t frame_count;
	uint64_t plane_size, fingerprint;
	uint64_t looked_ns; /* when it was seen to stand: what the limit counts from */
	uint64_t written; /* bytes of the segment that are known to have been written */
	unsigned mapping;
};

/* Nothing is known of it but the message that announces it. */
void announced_frame_init(struct announced_frame *self, const struct message *message);

/*
 * Finds what there is of it in a view that was refreshed with this result. CVM_FRAME_WHOLE: it can be read.
 */
enum cvm_frame_result announced_frame_find(struct announced_frame *self, const struct producer_view *view,
					   enum view_state state);

/* The same for a frame that was found before, and has been waiting. */
enum cvm_frame_result announced_frame_find_again(struct announced_frame *self, const struct producer_view *view,
						 enum view_state state);

/* Converts it. 0; -1: it is not all there. */
int announced_frame_copy(const struct announced_frame *self, const struct producer_view *view,
			 const struct cvm_picture *picture);

/* Whether it still stands. */
enum cvm_look announced_frame_look(const struct announced_frame *self, const struct producer_view *view);

#endif
