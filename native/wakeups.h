#ifndef CVM_WAKEUPS_H
#define CVM_WAKEUPS_H

#include <stdint.h>

/*
 * Wakes JavaScript for any number of threads: one call waits for all of them, so that the number of streams in
 * a process is not bounded by the threads that Deno has for calls that wait.
 */
struct cvm_wakeups;

enum {
	CVM_WAKEUP_IDS = 1024, /* of those who wake: 0 and up */
};

/* NULL: no memory. */
struct cvm_wakeups *cvm_wakeups_open(void);

/* From any thread: the wait returns `id`. */
void cvm_wakeups_raise(struct cvm_wakeups *self, uint32_t id);

/* Blocks until somebody is to be woken, and tells all of them, each once. 0: the wait was interrupted. */
uint32_t cvm_wakeups_wait(struct cvm_wakeups *self, uint32_t ids[CVM_WAKEUP_IDS]);

/* Ends a wait that is going on, or else the next. */
void cvm_wakeups_interrupt(struct cvm_wakeups *self);

void cvm_wakeups_close(struct cvm_wakeups *self);

#endif
