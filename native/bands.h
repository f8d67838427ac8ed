#ifndef CVM_BANDS_H
#define CVM_BANDS_H

#include "read.h"

#include <stdatomic.h>

/* A picture's conversion in bands of rows, so that two threads can work at it: each takes the next. */
struct bands {
	const struct cvm_picture *picture;
	const uint8_t *segment;
	uint64_t segment_size;
	atomic_uint next;
	atomic_bool faulted; /* the segment shrank under the mapping: bands are missing */
};

/* -1: the picture does not lie within the segment. */
int bands_init(struct bands *self, const struct cvm_picture *picture, const uint8_t *segment,
	       uint64_t segment_size);

/* Whether one has not been taken yet. */
int bands_are_left(const struct bands *self);

/* Converts bands until none is left; one that another thread took may still be at work. */
void bands_convert(struct bands *self);

#endif
