/* A cv-mmap producer whose frames carry capture times of exactly one interval's distance. */
#ifndef BENCH_CAMERA_H
#define BENCH_CAMERA_H

#include "coded_units.h"
#include "moving_picture.h"

#include <stdint.h>

struct camera {
	/* Set before opening. */
	unsigned width, height, fps;
	int is_v2;
	struct coded_units units; /* without any: frames have no access units */
	/* Set before the first frame. */
	uint64_t first_capture_ns; /* Unix time */

	uint8_t *segment;
	void *context, *socket;
	struct moving_picture pictures;
};

/* Makes the segment and binds the socket. Returns NULL, or what failed, with the reason in errno. */
const char *camera_open(struct camera *self, const char *shm_name, const char *endpoint);

/*
 * Payload, then metadata, then sync, whose label is the moment of publishing. Returns that moment, Unix
 * time in nanoseconds, or 0 if the sync message could not be sent, with the reason in errno.
 */
uint64_t camera_publish(struct camera *self, uint64_t frame);

/* Unlinks the segment and closes the socket. */
void camera_close(struct camera *self, const char *shm_name);

#endif
