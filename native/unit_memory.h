#ifndef CVM_UNIT_MEMORY_H
#define CVM_UNIT_MEMORY_H

#include <pthread.h>
#include <stdint.h>

/* Memory of access units on their way to JavaScript. It is bounded: a hostile producer must not fill the machine's. */
struct unit_memory {
	pthread_mutex_t lock; /* over all that follows */
	uint64_t bytes; /* in use */
};

void unit_memory_init(struct unit_memory *self);
void unit_memory_destroy(struct unit_memory *self);

/* Memory for an access unit. NULL: too much is in use. */
uint8_t *unit_memory_get(struct unit_memory *self, uint64_t size);

/* Gives it back; does nothing for NULL. */
void unit_memory_put(struct unit_memory *self, uint8_t *unit);

#endif
