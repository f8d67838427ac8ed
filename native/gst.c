#define _GNU_SOURCE
#include "gst.h"

#include <dlfcn.h>
#include <pthread.h>

static struct {
	void (*buffer_unmap)(void *buffer, void *map_info);
	int (*app_src_push_buffer)(void *source, void *buffer);
} library;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int is_available;

/* A caller that has a source has already loaded both libraries, so this only finds them. */
static void load(void)
{
	void *core = dlopen("libgstreamer-1.0.so.0", RTLD_NOW | RTLD_LOCAL);
	void *app = dlopen("libgstapp-1.0.so.0", RTLD_NOW | RTLD_LOCAL);

	if (!core || !app)
		return;
	*(void **)&library.buffer_unmap = dlsym(core, "gst_buffer_unmap");
	*(void **)&library.app_src_push_buffer = dlsym(app, "gst_app_src_push_buffer");
	is_available = library.buffer_unmap && library.app_src_push_buffer;
}

int gst_is_available(void)
{
	pthread_once(&once, load);
	return is_available;
}

void gst_hand_over(const struct cvm_taker *to, uint64_t pts_us)
{
	library.buffer_unmap(to->buffer, to->map_info);
	*to->pts_ns = pts_us * 1000;
	library.app_src_push_buffer(to->source, to->buffer);
}
