#define _GNU_SOURCE
#include "offered_memory.h"

#include "clock.h"

#include <string.h>
#include <time.h>

void offered_memory_init(struct offered_memory *self)
{
	pthread_condattr_t steady;

	pthread_mutex_init(&self->lock, NULL);
	pthread_condattr_init(&steady);
	pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
	pthread_cond_init(&self->changed, &steady);
	pthread_condattr_destroy(&steady);
}

void offered_memory_destroy(struct offered_memory *self)
{
	pthread_cond_destroy(&self->changed);
	pthread_mutex_destroy(&self->lock);
}

int offered_memory_put(struct offered_memory *self, const struct cvm_offer *offer)
{
	int wanted;

	pthread_mutex_lock(&self->lock);
	self->offer = *offer;
	self->is_offered = 1;
	self->offers++;
	wanted = self->is_wanted;
	pthread_mutex_unlock(&self->lock);
	return wanted;
}

int offered_memory_withdraw(struct offered_memory *self)
{
	int withdrawn;

	pthread_mutex_lock(&self->lock);
	withdrawn = self->is_offered;
	self->is_offered = 0;
	pthread_cond_broadcast(&self->changed);
	while (self->is_writing)
		pthread_cond_wait(&self->changed, &self->lock);
	pthread_mutex_unlock(&self->lock);
	return withdrawn;
}

void offered_memory_set_waiting_source(struct offered_memory *self, const void *source)
{
	pthread_mutex_lock(&self->lock);
	self->waiting_source = source;
	pthread_mutex_unlock(&self->lock);
}

int offered_memory_is_wanted(struct offered_memory *self)
{
	int wanted;

	pthread_mutex_lock(&self->lock);
	wanted = self->is_wanted && self->is_offered && self->begun != self->offers;
	pthread_mutex_unlock(&self->lock);
	return wanted;
}

void offered_memory_cancel_wait(struct offered_memory *self)
{
	pthread_mutex_lock(&self->lock);
	self->is_wanted = 0;
	pthread_mutex_unlock(&self->lock);
}

const struct cvm_picture *offered_memory_begin(struct offered_memory *self,
					       const uint8_t layout[CVM_LAYOUT_SIZE])
{
	int begun;

	pthread_mutex_lock(&self->lock);
	begun = self->is_offered && !memcmp(layout, self->offer.layout, CVM_LAYOUT_SIZE);
	self->is_writing = begun;
	self->is_wanted = !begun;
	self->begun = self->offers;
	pthread_mutex_unlock(&self->lock);
	return begun ? &self->offer.picture : NULL;
}

void offered_memory_end(struct offered_memory *self)
{
	pthread_mutex_lock(&self->lock);
	self->is_writing = 0;
	pthread_cond_broadcast(&self->changed);
	pthread_mutex_unlock(&self->lock);
}

/* Returns whether the begun offer is still open, neither withdrawn nor replaced. `lock` is held. */
static int is_current_offer(const struct offered_memory *self)
{
	return self->is_offered && self->begun == self->offers;
}

void offered_memory_settle(struct offered_memory *self, uint64_t duration_ns)
{
	uint64_t end_ns = cvm_clock_monotonic_ns() + duration_ns;
	struct timespec end = { (time_t)(end_ns / 1000000000u), (long)(end_ns % 1000000000u) };

	pthread_mutex_lock(&self->lock);
	while (is_current_offer(self) && cvm_clock_monotonic_ns() < end_ns)
		pthread_cond_timedwait(&self->changed, &self->lock, &end);
	pthread_mutex_unlock(&self->lock);
}

/* Sets `taker` to the offer's taker if its source is waiting for a picture. `lock` is held. */
static void claim_taker(struct offered_memory *self, struct cvm_taker *taker)
{
	const struct cvm_taker *of_offer = &self->offer.taker;

	taker->source = NULL;
	if (!self->waiting_source || self->waiting_source != of_offer->source)
		return;
	*taker = *of_offer;
	self->waiting_source = NULL;
	self->is_writing = 1;
}

int offered_memory_use(struct offered_memory *self, struct cvm_taker *taker)
{
	int used;

	pthread_mutex_lock(&self->lock);
	used = is_current_offer(self);
	self->is_wanted = !used;
	if (used) {
		self->is_offered = 0;
		claim_taker(self, taker);
	}
	pthread_mutex_unlock(&self->lock);
	return used;
}
