/* A cv-mmap producer whose capture times are exactly one frame interval apart. */
#ifndef BENCH_CAMERA_H
#define BENCH_CAMERA_H

#include "coded_units.h"
#include "moving_picture.h"

#include <stdint.h>

struct camera {
	/* Set these before camera_open(). */
	unsigned width, height, fps;
	int is_v2;
	struct coded_units units; /* if empty, frames have no access units */
	/* Set this before the first frame. */
	uint64_t first_capture_ns; /* Unix time */

	uint8_t *segment;
	void *context, *socket;
	struct moving_picture pictures;
};

/* Creates the segment and binds the socket. Returns NULL, or the name of what failed, with errno set. */
const char *camera_open(struct camera *self, const char *shm_name, const char *endpoint);

/*
 * Writes the payload and the metadata, then sends the sync message. Its label is the time of publishing: Unix time in
 * nanoseconds. Returns that time, or 0 with errno set if the message could not be sent.
 */
uint64_t camera_publish(struct camera *self, uint64_t frame);

/* Unlinks the segment and closes the socket. */
void camera_close(struct camera *self, const char *shm_name);

#endif
