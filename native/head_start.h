#ifndef CVM_HEAD_START_H
#define CVM_HEAD_START_H

#include "fingerprint.h"
#include "transfer.h"

#include <pthread.h>

/*
 * The thread that hears of a frame begins to read it while the one that decides about it has yet to wake up
 * and to look at the metadata. That one, when it is ready, takes part in the work, and in the end decides.
 */
struct cvm_head_start {
	pthread_mutex_t work; /* held by the thread that is at it */
	int prepared;
	atomic_uint_fast64_t announcement; /* that the reading belongs to; 0: to none */
	uint8_t metadata[CVM_METADATA_SIZE]; /* from before the first band */
	struct bands bands;
};

void head_start_init(struct cvm_head_start *self);
void head_start_destroy(struct cvm_head_start *self);

/* The next announcement begins this transfer, whose memory must stay until it was joined or cancelled. */
void cvm_head_start_prepare(struct cvm_head_start *self, const struct cvm_transfer *transfer);

/* Nobody touches the transfer's memory after this returns. */
void cvm_head_start_cancel(struct cvm_head_start *self);

/* For the thread that hears, before it tells anybody. Unless it returns 0, head_start_run() must follow. */
int head_start_begin(struct cvm_head_start *self, uint64_t announcement);
void head_start_run(struct cvm_head_start *self);

/* For the thread that decides. Whether the announcement began this transfer; it is ended then, unless it faulted.
 * Otherwise whatever was prepared is cancelled. */
int head_start_join(struct cvm_head_start *self, uint64_t announcement,
		    const struct cvm_transfer *transfer);

#endif
