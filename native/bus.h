#ifndef CVM_BUS_H
#define CVM_BUS_H

#include "export.h"
#include "wakeups.h"

/*
 * Queues the messages of a GStreamer bus and wakes JavaScript for them, so that no thread has to wait for messages.
 * The bus's own queue cannot be used: a message is added to it only after the sync handler has returned, by which time
 * JavaScript may already have looked.
 */
struct cvm_bus_inbox;

/* Returns NULL if out of memory. */
CVM_EXPORT struct cvm_bus_inbox *cvm_bus_inbox_open(struct cvm_wakeups *wakeups, uint32_t id);

/* Returns a GstBusSyncHandler whose user data is the inbox. */
CVM_EXPORT void *cvm_bus_inbox_handler(void);

/* Takes the oldest end-of-stream, error or warning message, which the caller then owns. NULL: the inbox is empty. */
CVM_EXPORT void *cvm_bus_inbox_take(struct cvm_bus_inbox *self);

/* Frees the inbox. The handler must have been removed from the bus, and all messages taken. */
CVM_EXPORT void cvm_bus_inbox_close(struct cvm_bus_inbox *self);

#endif
