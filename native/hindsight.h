#ifndef CVM_HINDSIGHT_H
#define CVM_HINDSIGHT_H

#include "seen_plane.h"

#include <pthread.h>

/* What there is to look at of a frame that was read whole. */
struct whole_frame {
	uint64_t number;
	struct seen_plane plane;
	unsigned mapping;
};

/* What another thread must know to look once more at the last frame that was read whole. */
struct hindsight {
	pthread_mutex_t lock; /* over all that follows */
	uint64_t heard; /* number of the newest sync message */
	struct whole_frame whole; /* the last one */
};

void hindsight_init(struct hindsight *self);
void hindsight_destroy(struct hindsight *self);

/* Another frame was announced. */
void hindsight_heard(struct hindsight *self, uint64_t number);

void hindsight_whole(struct hindsight *self, const struct whole_frame *frame);

/* The last whole frame, if it has this number and none was announced since. 0: it is not that. */
int hindsight_get(struct hindsight *self, uint64_t number, struct whole_frame *out);

#endif
