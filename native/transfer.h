#ifndef CVM_TRANSFER_H
#define CVM_TRANSFER_H

#include "convert.h"

#include <stdatomic.h>

/* Which pixels of a mapping go where. */
struct cvm_transfer {
	const uint8_t *segment;
	uint64_t segment_size;
	struct cvm_source source;
	struct cvm_planes planes;
};

/* A transfer in bands of rows, so that several threads can work at it: each takes the next that nobody has. */
struct bands {
	struct cvm_transfer transfer;
	atomic_uint next;
	atomic_bool faulted; /* the segment shrank under the mapping: bands are missing */
};

/* -1: the picture does not lie within the segment. */
int bands_init(struct bands *self, const struct cvm_transfer *transfer);

/* Converts bands until none is left; those that others took may then still be at work. */
void bands_convert(struct bands *self);

#endif
