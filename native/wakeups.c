#define _GNU_SOURCE
#include "wakeups.h"

#include "bands.h"

#include <pthread.h>
#include <stdlib.h>

enum {
	/* Some 50 microseconds: what is left to do between the last band and the event. */
	LOOKS = 1000,
};

struct cvm_wakeups {
	pthread_mutex_t lock;
	pthread_cond_t raised, helped;
	uint64_t ids[CVM_WAKEUP_IDS / 64]; /* a bit each */
	atomic_int any;
	int interrupted;
	struct bands *work; /* help is wanted */
	int is_helping;
};

struct cvm_wakeups *cvm_wakeups_open(void)
{
	struct cvm_wakeups *self = calloc(1, sizeof *self);

	if (self) {
		pthread_mutex_init(&self->lock, NULL);
		pthread_cond_init(&self->raised, NULL);
		pthread_cond_init(&self->helped, NULL);
	}
	return self;
}

void cvm_wakeups_raise(struct cvm_wakeups *self, uint32_t id)
{
	if (id >= CVM_WAKEUP_IDS)
		return;
	pthread_mutex_lock(&self->lock);
	self->ids[id / 64] |= UINT64_C(1) << id % 64;
	self->any = 1;
	pthread_cond_signal(&self->raised);
	pthread_mutex_unlock(&self->lock);
}

static uint32_t take(struct cvm_wakeups *self, uint32_t *ids)
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

void wakeups_call_for_help(struct cvm_wakeups *self, struct bands *bands)
{
	pthread_mutex_lock(&self->lock);
	if (!self->work) {
		self->work = bands;
		pthread_cond_signal(&self->raised);
	}
	pthread_mutex_unlock(&self->lock);
}

void wakeups_end_help(struct cvm_wakeups *self, struct bands *bands)
{
	pthread_mutex_lock(&self->lock);
	if (self->work == bands) {
		while (self->is_helping)
			pthread_cond_wait(&self->helped, &self->lock);
		self->work = NULL;
	}
	pthread_mutex_unlock(&self->lock);
}

/* `lock` is held. */
static void help(struct cvm_wakeups *self)
{
	struct bands *bands = self->work;

	self->is_helping = 1;
	pthread_mutex_unlock(&self->lock);
	bands_convert(bands);
	pthread_mutex_lock(&self->lock);
	self->is_helping = 0;
	pthread_cond_signal(&self->helped);
	pthread_mutex_unlock(&self->lock);
	for (int looks = 0; looks < LOOKS && !atomic_load(&self->any); looks++)
		;
	pthread_mutex_lock(&self->lock);
}

/* Whether there is work in which not all has been taken. `lock` is held. */
static int may_help(const struct cvm_wakeups *self)
{
	return self->work && bands_are_left(self->work);
}

uint32_t cvm_wakeups_wait(struct cvm_wakeups *self, uint32_t ids[CVM_WAKEUP_IDS])
{
	uint32_t count;

	pthread_mutex_lock(&self->lock);
	while (!self->any && !self->interrupted) {
		if (may_help(self))
			help(self);
		else
			pthread_cond_wait(&self->raised, &self->lock);
	}
	count = self->interrupted ? 0 : take(self, ids);
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
	pthread_cond_destroy(&self->helped);
	pthread_cond_destroy(&self->raised);
	pthread_mutex_destroy(&self->lock);
	free(self);
}
