#ifndef CVM_UNIT_MEMORY_H
#define CVM_UNIT_MEMORY_H

#include <pthread.h>
#include <stdint.h>

/*
 * Allocates access units on their way to JavaScript. The total is bounded, so that a hostile producer cannot exhaust
 * the machine's memory.
 */
struct unit_memory {
	pthread_mutex_t lock; /* protects all that follows */
	uint64_t bytes;       /* in use */
};

void unit_memory_init(struct unit_memory *self);
void unit_memory_destroy(struct unit_memory *self);

/* Allocates memory for an access unit. Returns NULL if too much is in use. */
uint8_t *unit_memory_get(struct unit_memory *self, uint64_t size);

/* Frees it; does nothing for NULL. */
void unit_memory_put(struct unit_memory *self, uint8_t *unit);

#endif
