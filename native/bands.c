#include "bands.h"

#include "guard.h"

enum {
	ROWS = 16, /* of a band. Even: two rows share their chroma */
};

int bands_init(struct bands *self, const struct cvm_picture *picture, const uint8_t *segment,
	       uint64_t segment_size)
{
	if (picture_end(picture) > segment_size)
		return -1;
	self->picture = picture;
	self->segment = segment;
	self->segment_size = segment_size;
	atomic_init(&self->next, 0);
	atomic_init(&self->faulted, 0);
	return 0;
}

int bands_are_left(const struct bands *self)
{
	return atomic_load(&self->next) * ROWS < self->picture->height;
}

static void run(void *argument)
{
	struct bands *self = argument;
	const struct cvm_picture *picture = self->picture;
	uint32_t row;

	while ((row = atomic_fetch_add(&self->next, 1) * ROWS) < picture->height) {
		struct cvm_source source = {
			self->segment + picture->offset + (uint64_t)row * picture->stride,
			picture->width,
			picture->height - row < ROWS ? picture->height - row : ROWS,
			picture->stride,
			picture->format,
		};
		struct cvm_planes planes = picture->planes;
		size_t chroma = (size_t)(row / 2) * planes.uv_stride;

		planes.y += (size_t)row * planes.y_stride;
		planes.u += chroma;
		planes.v += chroma;
		convert(&source, &planes);
	}
}

void bands_convert(struct bands *self)
{
	if (guard_run(run, self, self->segment, self->segment_size))
		atomic_store(&self->faulted, 1);
}
