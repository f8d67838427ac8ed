#include "transfer.h"

#include "guard.h"

#include <stddef.h>

enum {
	ROWS = 16, /* of a band. Even: two rows share their chroma */
};

int bands_init(struct bands *self, const struct cvm_transfer *transfer)
{
	uint64_t offset = (uint64_t)(transfer->source.pixels - transfer->segment);
	uint64_t rows = (uint64_t)transfer->source.stride * transfer->source.height;

	if (offset > transfer->segment_size || rows > transfer->segment_size - offset)
		return -1;
	self->transfer = *transfer;
	atomic_init(&self->next, 0);
	atomic_init(&self->faulted, 0);
	return 0;
}

static void run(void *argument)
{
	struct bands *self = argument;
	uint32_t height = self->transfer.source.height, row;

	while ((row = atomic_fetch_add(&self->next, 1) * ROWS) < height) {
		struct cvm_source source = self->transfer.source;
		struct cvm_planes planes = self->transfer.planes;
		size_t chroma = (size_t)(row / 2) * planes.uv_stride;

		source.pixels += (size_t)row * source.stride;
		source.height = height - row < ROWS ? height - row : ROWS;
		planes.y += (size_t)row * planes.y_stride;
		planes.u += chroma;
		planes.v += chroma;
		convert(&source, &planes);
	}
}

void bands_convert(struct bands *self)
{
	if (guard_run(run, self, self->transfer.segment, self->transfer.segment_size))
		atomic_store(&self->faulted, 1);
}
