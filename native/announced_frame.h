#ifndef CVM_ANNOUNCED_FRAME_H
#define CVM_ANNOUNCED_FRAME_H

#include "coded_plane.h"
#include "event_ring.h"
#include "inbox.h"
#include "plane_snapshot.h"
#include "producer_view.h"
#include "read.h"

/* A frame that was announced, as found at the time of the announcement. */
struct announced_frame {
	struct cvm_event event;
	uint32_t frame_count;
	struct plane_snapshot picture;
	struct coded_plane coded;   /* as declared in the metadata; size 0: no unit that is wanted */
	struct plane_snapshot unit; /* snapshot of that access unit */
	int is_placed;              /* on the media clock */
	uint64_t valid_at_ns;       /* when the frame was known to be unchanged; the time limit counts from here */
	uint64_t written;           /* bytes of the segment that are known to have been written */
	unsigned mapping;
};

/* Initializes the frame from its announcement. */
void announced_frame_init(struct announced_frame *self, const struct message *message);

/* Which planes of a frame to read. */
struct cvm_wish {
	uint32_t codec;   /* of the access units to read: 1 H.264, 2 H.265, 0 none */
	int pictures_too; /* whether to read the picture of a frame that has such a unit */
};

/*
 * Inspects the frame in the producer's segment; `state` is the result of refreshing the view. Returns CVM_FRAME_WHOLE
 * if the picture can be read, and CVM_FRAME_CODED if only the access unit is to be read.
 */
enum cvm_frame_result announced_frame_inspect(struct announced_frame *self, const struct producer_view *view,
					      enum view_state state, const struct cvm_wish *wish);

/* Inspects a frame again that has been waiting for memory. */
enum cvm_frame_result announced_frame_reinspect(struct announced_frame *self, const struct producer_view *view,
						enum view_state state);

/* Converts the picture. Returns 0, or -1 if part of it is missing. */
int announced_frame_copy(const struct announced_frame *self, const struct producer_view *view,
			 const struct cvm_picture *picture);

/* Copies the access unit. Returns 0, or -1 if part of it is missing. */
int announced_frame_copy_unit(const struct announced_frame *self, const struct producer_view *view, uint8_t *to);

/* Checks whether the metadata and this plane are unchanged. */
enum cvm_check announced_frame_check(const struct announced_frame *self, const struct producer_view *view,
				     const struct plane_snapshot *plane);

#endif
