#ifndef CVM_OFFERED_MEMORY_H
#define CVM_OFFERED_MEMORY_H

#include "gst.h"
#include "picture_layout.h"
#include "read.h"

#include <pthread.h>

/* Memory for the next frame with this layout. */
struct cvm_offer {
	uint8_t layout[CVM_LAYOUT_SIZE];
	struct cvm_picture picture;
	struct cvm_taker taker;
};

/*
 * Memory that one thread offers for the next frame and another writes to. It can be withdrawn at any time; a
 * withdrawal waits only for a copy or a hand-over in progress.
 */
struct offered_memory {
	pthread_mutex_t lock; /* protects all that follows */
	pthread_cond_t changed;
	struct cvm_offer offer;
	int is_offered, is_writing;
	uint64_t offers; /* made so far */
	uint64_t begun;  /* the offer that a frame was last tried with */
	int is_wanted;   /* a frame is waiting for memory */
	const void *waiting_source; /* the source that waits for a picture; NULL: none */
};

void offered_memory_init(struct offered_memory *self);
void offered_memory_destroy(struct offered_memory *self);

/* Offers memory. Returns whether a frame is waiting for it. */
int offered_memory_put(struct offered_memory *self, const struct cvm_offer *offer);

/*
 * Withdraws the memory; no thread writes to it after this returns. Returns 0 if it holds a whole frame or nothing was
 * on offer.
 */
int offered_memory_withdraw(struct offered_memory *self);

/* Returns whether a frame is waiting and there is an offer that it was not tried with. */
int offered_memory_is_wanted(struct offered_memory *self);

/* Records that no frame is waiting any more. */
void offered_memory_cancel_wait(struct offered_memory *self);

/* Sets the source that gets the next picture, if memory is on offer for it. NULL: none. */
void offered_memory_set_waiting_source(struct offered_memory *self, const void *source);

/*
 * For the writing thread: returns the memory on offer if it is for this layout. It is not withdrawn before
 * offered_memory_end(). Otherwise returns NULL and lets the frame wait.
 */
const struct cvm_picture *offered_memory_begin(struct offered_memory *self,
					       const uint8_t layout[CVM_LAYOUT_SIZE]);
void offered_memory_end(struct offered_memory *self);

/* Waits for this time, or until the memory is withdrawn. */
void offered_memory_settle(struct offered_memory *self, uint64_t duration_ns);

/*
 * Marks the begun memory as holding a whole frame; it is no longer on offer. Returns 0, and lets the frame wait, if
 * the memory was withdrawn, even if other memory is on offer by now. Sets `taker` to the taker that waits for the
 * picture and must get it, in which case a withdrawal blocks until offered_memory_end(); otherwise its source is NULL.
 */
int offered_memory_use(struct offered_memory *self, struct cvm_taker *taker);

#endif
