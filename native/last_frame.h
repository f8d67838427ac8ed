#ifndef CVM_LAST_FRAME_H
#define CVM_LAST_FRAME_H

#include "plane_snapshot.h"

#include <pthread.h>

/* What is needed to check a frame again that was read whole. */
struct whole_frame {
	uint64_t number;
	struct plane_snapshot plane;
	unsigned mapping;
};

/* The last frame that was read whole, shared with the threads that check it again. */
struct last_frame {
	pthread_mutex_t lock;     /* protects all that follows */
	uint64_t announced;       /* number of the newest sync message */
	struct whole_frame whole; /* the last one */
};

void last_frame_init(struct last_frame *self);
void last_frame_destroy(struct last_frame *self);

/* Records that another frame was announced. */
void last_frame_announce(struct last_frame *self, uint64_t number);

/* Records a frame that was read whole. */
void last_frame_set(struct last_frame *self, const struct whole_frame *frame);

/* Copies the last whole frame to *out. Returns 0 unless it has this number and no frame was announced since. */
int last_frame_get(struct last_frame *self, uint64_t number, struct whole_frame *out);

#endif
