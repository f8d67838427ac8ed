#ifndef CVM_OFFERED_MEMORY_H
#define CVM_OFFERED_MEMORY_H

#include "gst.h"
#include "picture_layout.h"
#include "read.h"

#include <pthread.h>

/* Memory for the next frame that has this layout. */
struct cvm_offer {
	uint8_t layout[CVM_LAYOUT_SIZE];
	struct cvm_picture picture;
	struct cvm_taker taker;
};

/*
 * Memory that one thread offers for the next frame, and another writes to. It can be taken back at any time:
 * that waits for a copy, or for the handing over of a picture, that is going on, and for nothing else.
 */
struct offered_memory {
	pthread_mutex_t lock; /* over all that follows */
	pthread_cond_t changed;
	struct cvm_offer offer;
	int is_offered, is_writing;
	uint64_t offers; /* so far */
	uint64_t begun;  /* the one that a frame was last tried with */
	int is_wanted; /* a frame waits for memory */
	const void *idle; /* the source that waits for a picture; NULL: none does */
};

void offered_memory_init(struct offered_memory *self);
void offered_memory_destroy(struct offered_memory *self);

/* Offers memory. Whether a frame waits for it. */
int offered_memory_put(struct offered_memory *self, const struct cvm_offer *offer);

/* Takes it back. Nobody writes to it after this returns. 0: a whole frame is in it, or none was offered. */
int offered_memory_withdraw(struct offered_memory *self);

/* Whether a frame waits, and there is memory that it was not tried with. */
int offered_memory_is_wanted(struct offered_memory *self);

/* No frame waits any more. */
void offered_memory_forget(struct offered_memory *self);

/* The source to which the next picture is handed over, if its memory is on offer for it. NULL: none. */
void offered_memory_set_idle(struct offered_memory *self, const void *source);

/*
 * For the thread that writes. The memory on offer, if it is for this layout: until offered_memory_end() it
 * is not taken back. NULL: the frame waits.
 */
const struct cvm_picture *offered_memory_begin(struct offered_memory *self,
					       const uint8_t layout[CVM_LAYOUT_SIZE]);
void offered_memory_end(struct offered_memory *self);

/* Waits so long, unless the memory is taken back. */
void offered_memory_settle(struct offered_memory *self, uint64_t duration_ns);

/*
 * There is a whole frame in what was begun: that is no longer on offer. 0: it was taken back, and the frame waits,
 * also if other memory is on offer by now. `taker` becomes whoever waits for the picture, and will have
 * it: until offered_memory_end() what is taken back waits for that; without a source, nobody does.
 */
int offered_memory_use(struct offered_memory *self, struct cvm_taker *taker);

#endif
