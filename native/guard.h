#ifndef CVM_GUARD_H
#define CVM_GUARD_H

#include <stddef.h>

/*
 * Reading a shared mapping that its owner may shrink at any time.
 *
 * A page of a mapping that lies behind the end of a truncated segment raises SIGBUS. guard_run()
 * runs `body` so that such a fault inside [base, base + size) ends `body` instead of the process.
 * A fault anywhere else goes to the handler that was there before ours.
 */

/* Installs the process-wide handler; safe to call again and from any thread. 0, or -errno. */
int cvm_guard_install(void);

/* Returns 0 when `body` ran to its end, -1 when a fault in the range cut it short. */
int guard_run(void (*body)(void *), void *argument, const void *base, size_t size);

#endif
