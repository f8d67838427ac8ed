/* Pictures like a camera's: texture, edges, things that move, sensor noise. */
#ifndef BENCH_MOVING_PICTURE_H
#define BENCH_MOVING_PICTURE_H

#include <stdint.h>

/* A few pictures, rendered beforehand, that are shown to and fro, so that there is no cut. */
struct moving_picture {
	uint8_t *pictures;
	unsigned count;
	uint32_t size; /* of one, in bytes: packed BGR without padding */
};

/* Returns 0, or -1 without memory. */
int moving_picture_render(struct moving_picture *self, unsigned width, unsigned height);

/* The picture of the frame with this number, counted from 0. */
const uint8_t *moving_picture_at(const struct moving_picture *self, uint64_t frame);

void moving_picture_free(struct moving_picture *self);

#endif
