#define _GNU_SOURCE
#include "camera.h"

#include "clock.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zmq.h>

enum {
	METADATA = 256,
	SYNC = 48,
	LABEL = 24,
	BGR = 1,
};

static void put(uint8_t *at, uint64_t value, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

static void put_metadata_v1(uint8_t out[METADATA], const struct camera *self, uint64_t frame,
			    uint64_t capture_ns)
{
	out[8] = 1;
	put(out + 12, frame, 4);
	put(out + 16, capture_ns, 8);
	put(out + 24, self->width, 2);
	put(out + 26, self->height, 2);
	out[28] = 3; /* channels */
	out[29] = 0; /* depth u8 */
	out[30] = BGR;
	put(out + 32, self->pictures.size, 4);
}

static void put_metadata_v2(uint8_t out[METADATA], const struct camera *self, uint64_t frame,
			    uint64_t capture_ns)
{
	uint8_t *plane = out + 64;

	out[8] = 2;
	put(out + 0x0c, frame, 4);
	put(out + 0x10, capture_ns, 8);
	put(out + 0x18, frame, 8); /* publish_seq */
	out[0x20] = 1;             /* plane_count */
	out[0x21] = 1;             /* plane_presence_mask */
	put(out + 0x22, 64, 2);
	put(out + 0x24, 24, 2);
	put(out + 0x26, 4, 2);
	put(out + 0x28, self->pictures.size, 4);
	plane[1] = BGR;
	put(plane + 4, self->width, 4);
	put(plane + 8, self->height, 4);
	put(plane + 12, self->width * 3, 4);
	put(plane + 16, 0, 4);
	put(plane + 20, self->pictures.size, 4);
}

/* Extends v2 metadata to v2.1, with an H.264 access unit after the picture. */
static void put_unit(uint8_t out[METADATA], const struct camera *self, uint64_t frame,
		     const struct coded_unit *unit)
{
	uint8_t *plane = out + 64 + 3 * 24;

	out[9] = 1;
	out[0x20] = 2;
	out[0x21] = 1 | 1 << 3;
	put(out + 0x28, self->pictures.size + unit->size, 4);
	out[0x2d] = 1; /* H.264 */
	out[0x2e] = 1; /* Annex B */
	put(out + 0x2f, unit->is_key, 2);
	put(out + 0x31, self->fps, 2);
	put(out + 0x33, 1, 2);
	put(out + 0x35, frame * 1000000000u / self->fps, 8);
	plane[0] = 3;
	plane[1] = 4; /* gray */
	put(plane + 4, unit->size, 4);
	put(plane + 8, 1, 4);
	put(plane + 12, unit->size, 4);
	put(plane + 16, self->pictures.size, 4);
	put(plane + 20, unit->size, 4);
}

const char *camera_open(struct camera *self, const char *shm_name, const char *endpoint)
{
	size_t size;
	int fd, no_linger = 0;

	if (moving_picture_render(&self->pictures, self->width, self->height))
		return "pictures";
	size = METADATA + (size_t)self->pictures.size + self->units.largest;
	fd = shm_open(shm_name, O_RDWR | O_CREAT | O_EXCL, 0600);
	if (fd < 0 || ftruncate(fd, (off_t)size))
		return shm_name;
	self->segment = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (self->segment == MAP_FAILED)
		return "mmap";
	close(fd);
	self->context = zmq_ctx_new();
	self->socket = zmq_socket(self->context, ZMQ_PUB);
	zmq_setsockopt(self->socket, ZMQ_LINGER, &no_linger, sizeof no_linger);
	return zmq_bind(self->socket, endpoint) ? endpoint : NULL;
}

uint64_t camera_publish(struct camera *self, uint64_t frame)
{
	uint8_t metadata[METADATA] = "CV-MMAP", sync[SYNC] = { 0x7d, 0, 1, 0 };
	uint64_t capture_ns = self->first_capture_ns + frame * 1000000000u / self->fps, published;
	const struct coded_unit *unit = coded_units_at(&self->units, frame);
	char label[LABEL + 1] = { 0 };

	memcpy(self->segment + METADATA, moving_picture_at(&self->pictures, frame),
	       self->pictures.size);
	if (self->is_v2)
		put_metadata_v2(metadata, self, frame, capture_ns);
	else
		put_metadata_v1(metadata, self, frame, capture_ns);
	if (unit) {
		memcpy(self->segment + METADATA + self->pictures.size, unit->bytes, unit->size);
		put_unit(metadata, self, frame, unit);
	}
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	memcpy(self->segment, metadata, METADATA);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	put(sync + 4, frame, 4);
	put(sync + 16, capture_ns, 8);
	published = now_ns(CLOCK_REALTIME);
	snprintf(label, sizeof label, "%" PRIu64, published);
	memcpy(sync + 24, label, LABEL);
	return zmq_send(self->socket, sync, SYNC, 0) == SYNC ? published : 0;
}

void camera_close(struct camera *self, const char *shm_name)
{
	zmq_close(self->socket);
	zmq_ctx_term(self->context);
	shm_unlink(shm_name);
	moving_picture_free(&self->pictures);
}
