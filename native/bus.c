#include "bus.h"

enum {
	GST_BUS_PASS = 1,
};

static int on_message(void *bus, void *message, void *waker_pointer)
{
	const struct cvm_bus_waker *waker = waker_pointer;

	(void)bus, (void)message;
	cvm_wakeups_raise(waker->wakeups, waker->id);
	return GST_BUS_PASS;
}

void *cvm_bus_handler(void)
{
	return (void *)on_message;
}
