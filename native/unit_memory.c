#include "unit_memory.h"

#include <stddef.h>
#include <stdlib.h>

/* More than a second of any camera's video. */
static const uint64_t MAX_BYTES = UINT64_C(64) << 20;

struct block {
	uint64_t size;
	_Alignas(max_align_t) uint8_t bytes[];
};

void unit_memory_init(struct unit_memory *self)
{
	pthread_mutex_init(&self->lock, NULL);
}

void unit_memory_destroy(struct unit_memory *self)
{
	pthread_mutex_destroy(&self->lock);
}

/* Reserves `size` bytes. Returns 0 if that exceeds the limit. */
static int reserve(struct unit_memory *self, uint64_t size)
{
	int fits;

	pthread_mutex_lock(&self->lock);
	fits = size <= MAX_BYTES - self->bytes;
	if (fits)
		self->bytes += size;
	pthread_mutex_unlock(&self->lock);
	return fits;
}

static void release(struct unit_memory *self, uint64_t size)
{
	pthread_mutex_lock(&self->lock);
	self->bytes -= size;
	pthread_mutex_unlock(&self->lock);
}

uint8_t *unit_memory_get(struct unit_memory *self, uint64_t size)
{
	struct block *block;

	if (!reserve(self, size))
		return NULL;
	block = malloc(sizeof *block + size);
	if (!block) {
		release(self, size);
		return NULL;
	}
	block->size = size;
	return block->bytes;
}

void unit_memory_put(struct unit_memory *self, uint8_t *unit)
{
	struct block *block;

	if (!unit)
		return;
	block = (struct block *)(unit - offsetof(struct block, bytes));
	release(self, block->size);
	free(block);
}
