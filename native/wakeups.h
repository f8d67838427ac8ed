#ifndef CVM_WAKEUPS_H
#define CVM_WAKEUPS_H

#include "export.h"

#include <stdint.h>

/*
 * Wakes JavaScript for any number of threads. A single call waits for all of them, so that the number of streams in a
 * process is not bounded by Deno's threads for blocking calls.
 */
struct cvm_wakeups;

enum {
	CVM_WAKEUP_IDS = 1024, /* ids are 0 to 1023 */
};

/* Returns NULL if out of memory. */
CVM_EXPORT struct cvm_wakeups *cvm_wakeups_open(void);

/* Makes the wait return `id`. Safe to call from any thread. */
void wakeups_raise(struct cvm_wakeups *self, uint32_t id);

/* Blocks until an id is raised. Stores every raised id once and returns their number; 0: interrupted. */
CVM_EXPORT uint32_t cvm_wakeups_wait(struct cvm_wakeups *self, uint32_t ids[CVM_WAKEUP_IDS]);

/* Ends the current wait, or the next one. */
CVM_EXPORT void cvm_wakeups_interrupt(struct cvm_wakeups *self);

CVM_EXPORT void cvm_wakeups_close(struct cvm_wakeups *self);

#endif
