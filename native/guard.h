#ifndef CVM_GUARD_H
#define CVM_GUARD_H

#include "export.h"

#include <stddef.h>

/*
 * Reads a shared mapping that its owner may shrink at any time.
 *
 * Access to a page past the end of a truncated segment raises SIGBUS. guard_run() runs `body` so that such a fault
 * inside [base, base + size) ends `body` instead of the process. Any other fault goes to the handler that was
 * installed before this one.
 */

/* Installs the process-wide handler. Safe to call repeatedly and from any thread. Returns 0, or -errno. */
CVM_EXPORT int cvm_guard_install(void);

/* Returns 0 when `body` ran to its end, or -1 when a fault in the range ended it. */
int guard_run(void (*body)(void *), void *argument, const void *base, size_t size);

#endif
