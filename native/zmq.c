#define _GNU_SOURCE
#include "zmq.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct zmq library;
static int loaded;
static void *shared_context;
static unsigned holders;

/* The library is never unloaded, because that is not safe while its threads are ending. */
static int load(void)
{
	void *handle;

	if (loaded)
		return 0;
	handle = dlopen("libzmq.so.5", RTLD_NOW | RTLD_LOCAL);
	if (!handle)
		return ENOENT;
#define LOAD(member, name) (*(void **)&library.member = dlsym(handle, "zmq_" name))
	loaded = LOAD(ctx_new, "ctx_new") && LOAD(ctx_term, "ctx_term") && LOAD(socket, "socket") &&
		 LOAD(setsockopt, "setsockopt") && LOAD(connect, "connect") &&
		 LOAD(socket_monitor, "socket_monitor") && LOAD(recv, "recv") && LOAD(poll, "poll") &&
		 LOAD(close, "close") && LOAD(error, "errno");
#undef LOAD
	return loaded ? 0 : ENOENT;
}

static int acquire(void)
{
	int error = load();

	if (error)
		return error;
	if (!shared_context)
		shared_context = library.ctx_new();
	if (!shared_context)
		return library.error();
	holders++;
	return 0;
}

const struct zmq *zmq_acquire(void **context, int *error)
{
	pthread_mutex_lock(&lock);
	*error = acquire();
	*context = shared_context;
	pthread_mutex_unlock(&lock);
	return *error ? NULL : &library;
}

void zmq_release(void)
{
	pthread_mutex_lock(&lock);
	if (--holders == 0) {
		library.ctx_term(shared_context);
		shared_context = NULL;
	}
	pthread_mutex_unlock(&lock);
}
