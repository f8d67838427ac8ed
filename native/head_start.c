#include "head_start.h"

#include <string.h>

enum {
	LOOKS = 1000, /* some 50 microseconds: several times what a band takes */
};

void head_start_init(struct cvm_head_start *self)
{
	pthread_mutex_init(&self->work, NULL);
	self->prepared = 0;
	atomic_init(&self->announcement, 0);
}

void head_start_destroy(struct cvm_head_start *self)
{
	pthread_mutex_destroy(&self->work);
}

void cvm_head_start_prepare(struct cvm_head_start *self, const struct cvm_transfer *transfer)
{
	pthread_mutex_lock(&self->work);
	atomic_store(&self->announcement, 0);
	self->prepared = bands_init(&self->bands, transfer) == 0;
	pthread_mutex_unlock(&self->work);
}

void cvm_head_start_cancel(struct cvm_head_start *self)
{
	pthread_mutex_lock(&self->work);
	atomic_store(&self->announcement, 0);
	self->prepared = 0;
	pthread_mutex_unlock(&self->work);
}

int head_start_begin(struct cvm_head_start *self, uint64_t announcement)
{
	const struct cvm_transfer *transfer = &self->bands.transfer;

	pthread_mutex_lock(&self->work);
	if (self->prepared && cvm_read_metadata(transfer->segment, transfer->segment_size,
						self->metadata) == 0) {
		self->prepared = 0;
		atomic_store(&self->announcement, announcement);
		return 1;
	}
	pthread_mutex_unlock(&self->work);
	return 0;
}

void head_start_run(struct cvm_head_start *self)
{
	bands_convert(&self->bands);
	pthread_mutex_unlock(&self->work);
}

/* Until the other thread is done with its last band. That is so soon that looking again and again takes less
 * time than to sleep and be woken, unless it has lost its processor. */
static void wait_for_last_band(struct cvm_head_start *self)
{
	int free = 0;

	for (int looks = 0; looks < LOOKS && !free; looks++)
		free = pthread_mutex_trylock(&self->work) == 0;
	if (!free)
		pthread_mutex_lock(&self->work);
	pthread_mutex_unlock(&self->work);
}

int head_start_join(struct cvm_head_start *self, uint64_t announcement,
		    const struct cvm_transfer *transfer)
{
	int begun = announcement && atomic_load(&self->announcement) == announcement;

	if (!begun || memcmp(&self->bands.transfer, transfer, sizeof *transfer)) {
		cvm_head_start_cancel(self);
		return 0;
	}
	bands_convert(&self->bands);
	wait_for_last_band(self);
	atomic_store(&self->announcement, 0);
	return 1;
}
