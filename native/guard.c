#define _GNU_SOURCE
#include "guard.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>

struct guard {
	sigjmp_buf escape;
	uintptr_t base;
	size_t size;
};

/* Initial-exec TLS: the handler must not allocate on a thread that never ran a guard. */
static _Thread_local struct guard *volatile active __attribute__((tls_model("initial-exec")));

static struct sigaction previous;
static int install_result;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void on_sigbus(int signal_number, siginfo_t *info, void *context)
{
	struct guard *guard = active;
	uintptr_t address = (uintptr_t)info->si_addr;

	if (guard && address - guard->base < guard->size) {
		active = NULL;
		siglongjmp(guard->escape, 1);
	}
	if (previous.sa_flags & SA_SIGINFO) {
		previous.sa_sigaction(signal_number, info, context);
	} else if (previous.sa_handler != SIG_DFL && previous.sa_handler != SIG_IGN) {
		previous.sa_handler(signal_number);
	} else {
		/* Returning repeats the faulting access, now with the default action: a core dump at the right place. */
		signal(SIGBUS, SIG_DFL);
	}
}

static void install(void)
{
	struct sigaction action = { 0 };

	action.sa_sigaction = on_sigbus;
	/* SA_NODEFER: the handler leaves by siglongjmp, so the signal must not stay blocked, and
	 * sigsetjmp can do without saving the mask, which would be a system call for every frame. */
	action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
	sigemptyset(&action.sa_mask);
	install_result = sigaction(SIGBUS, &action, &previous) ? -errno : 0;
}

int cvm_guard_install(void)
{
	pthread_once(&once, install);
	return install_result;
}

int guard_run(void (*body)(void *), void *argument, const void *base, size_t size)
{
	struct guard guard;

	guard.base = (uintptr_t)base;
	guard.size = size;
	if (sigsetjmp(guard.escape, 0))
		return -1;
	active = &guard;
	body(argument);
	active = NULL;
	return 0;
}
