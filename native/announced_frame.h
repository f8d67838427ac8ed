#ifndef CVM_ANNOUNCED_FRAME_H
#define CVM_ANNOUNCED_FRAME_H

#include "coded_plane.h"
#include "event_ring.h"
#include "inbox.h"
#include "producer_view.h"
#include "read.h"
#include "seen_plane.h"

/* A frame that was announced, and what was found of it at that moment. */
struct announced_frame {
	struct cvm_event event;
	uint32_t frame_count;
	struct seen_plane picture;
	struct coded_plane coded; /* as its metadata say; size 0: there is none that is wanted */
	struct seen_plane unit; /* the same */
	int is_placed; /* in time */
	uint64_t looked_ns; /* when it was seen to stand: what the limit counts from */
	uint64_t written; /* bytes of the segment that are known to have been written */
	unsigned mapping;
};

/* Nothing is known of it but the message that announces it. */
void announced_frame_init(struct announced_frame *self, const struct message *message);

/* Which planes of frames are read. */
struct cvm_wish {
	uint32_t codec; /* of the access units that are wanted: 1 H.264, 2 H.265; 0: none are */
	int pictures_too; /* where a frame has such a unit, its picture is wanted too */
};

/*
 * Finds what there is of it in a view that was refreshed with this result. CVM_FRAME_WHOLE: its picture can be read;
 * CVM_FRAME_CODED: its access unit, and nothing else is wanted.
 */
enum cvm_frame_result announced_frame_find(struct announced_frame *self, const struct producer_view *view,
					   enum view_state state, const struct cvm_wish *wish);

/* The same for a frame that was found before, and has been waiting. */
enum cvm_frame_result announced_frame_find_again(struct announced_frame *self, const struct producer_view *view,
						 enum view_state state);

/* Converts it. 0; -1: it is not all there. */
int announced_frame_copy(const struct announced_frame *self, const struct producer_view *view,
			 const struct cvm_picture *picture);

/* Copies its access unit. 0; -1: it is not all there. */
int announced_frame_copy_unit(const struct announced_frame *self, const struct producer_view *view, uint8_t *to);

/* Whether it still stands, as far as this plane of it shows. */
enum cvm_look announced_frame_look(const struct announced_frame *self, const struct producer_view *view,
				   const struct seen_plane *plane);

#endif
