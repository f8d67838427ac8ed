#define _GNU_SOURCE
#include "wakeups.h"

#include <pthread.h>
#include <stdlib.h>

struct cvm_wakeups {
	pthread_mutex_t lock;
	pthread_cond_t raised;
	uint64_t ids[CVM_WAKEUP_IDS / 64]; /* one bit per id */
	int any, interrupted;
};

struct cvm_wakeups *cvm_wakeups_open(void)
{
	struct cvm_wakeups *self = calloc(1, sizeof *self);

	if (self) {
		pthread_mutex_init(&self->lock, NULL);
		pthread_cond_init(&self->raised, NULL);
	}
	return self;
}

void wakeups_raise(struct cvm_wakeups *self, uint32_t id)
{
	if (id >= CVM_WAKEUP_IDS)
		return;
	pthread_mutex_lock(&self->lock);
	self->ids[id / 64] |= UINT64_C(1) << id % 64;
	self->any = 1;
	pthread_cond_signal(&self->raised);
	pthread_mutex_unlock(&self->lock);
}

static uint32_t collect(struct cvm_wakeups *self, uint32_t *ids)
{
	uint32_t count = 0;

	for (uint32_t word = 0; word < CVM_WAKEUP_IDS / 64; word++) {
		for (uint64_t bits = self->ids[word]; bits; bits &= bits - 1)
			ids[count++] = word * 64 + (uint32_t)__builtin_ctzll(bits);
		self->ids[word] = 0;
	}
	self->any = 0;
	return count;
}

uint32_t cvm_wakeups_wait(struct cvm_wakeups *self, uint32_t ids[CVM_WAKEUP_IDS])
{
	uint32_t count;

	pthread_mutex_lock(&self->lock);
	while (!self->any && !self->interrupted)
		pthread_cond_wait(&self->raised, &self->lock);
	count = self->interrupted ? 0 : collect(self, ids);
	self->interrupted = 0;
	pthread_mutex_unlock(&self->lock);
	return count;
}

void cvm_wakeups_interrupt(struct cvm_wakeups *self)
{
	pthread_mutex_lock(&self->lock);
	self->interrupted = 1;
	pthread_cond_signal(&self->raised);
	pthread_mutex_unlock(&self->lock);
}

void cvm_wakeups_close(struct cvm_wakeups *self)
{
	pthread_cond_destroy(&self->raised);
	pthread_mutex_destroy(&self->lock);
	free(self);
}
