#ifndef CVM_BUS_H
#define CVM_BUS_H

#include "wakeups.h"

/*
 * Wakes JavaScript when a GStreamer bus has a message, so that no thread has to wait for one.
 */
struct cvm_bus_waker {
	struct cvm_wakeups *wakeups;
	uint32_t id;
};

/* Of a GstBusSyncHandler, whose user data is a struct cvm_bus_waker: messages stay in the queue of the bus. */
void *cvm_bus_handler(void);

#endif
