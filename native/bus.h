#ifndef CVM_BUS_H
#define CVM_BUS_H

#include "wakeups.h"

/*
 * Keeps what a GStreamer bus tells and wakes JavaScript for it, so that no thread has to wait for messages. The
 * queue of the bus itself would not do: a message gets into it only after the sync handler has returned, when
 * whoever was woken may have looked already.
 */
struct cvm_bus_inbox;

/* NULL: no memory. */
struct cvm_bus_inbox *cvm_bus_inbox_open(struct cvm_wakeups *wakeups, uint32_t id);

/* A GstBusSyncHandler; its user data is the inbox. */
void *cvm_bus_inbox_handler(void);

/* The oldest message of the end of the stream, an error or a warning, which is the caller's now; NULL: none. */
void *cvm_bus_inbox_take(struct cvm_bus_inbox *self);

/* The bus must not have the handler any more, and all messages must have been taken. */
void cvm_bus_inbox_close(struct cvm_bus_inbox *self);

#endif
