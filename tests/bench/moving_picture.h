/* Pictures that resemble a camera's: texture, edges, moving objects and sensor noise. */
#ifndef BENCH_MOVING_PICTURE_H
#define BENCH_MOVING_PICTURE_H

#include <stdint.h>

/* A few prerendered pictures, which are played forwards and backwards so that there is no cut. */
struct moving_picture {
	uint8_t *pictures;
	unsigned count;
	uint32_t size; /* bytes per picture: packed BGR without padding */
};

/* Returns 0, or -1 if memory is exhausted. */
int moving_picture_render(struct moving_picture *self, unsigned width, unsigned height);

/* Returns the picture of the frame with this number, counted from 0. */
const uint8_t *moving_picture_at(const struct moving_picture *self, uint64_t frame);

void moving_picture_free(struct moving_picture *self);

#endif
