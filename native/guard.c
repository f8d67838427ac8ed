#define _GNU_SOURCE
#include "guard.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <ucontext.h>

struct guard {
	sigjmp_buf escape;
	uintptr_t base;
	size_t size;
};

/* Initial-exec TLS, because the handler must not allocate on a thread that never ran a guard. */
static _Thread_local struct guard *volatile active __attribute__((tls_model("initial-exec")));

static struct sigaction previous;
static int install_result;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* Runs after a fault in place of the faulting code. */
static void escape(void)
{
	struct guard *guard = active;

	active = NULL;
	siglongjmp(guard->escape, 1);
}

/*
 * Makes the thread resume at `target` when the signal handler returns. The handler must return rather than jump: the
 * kernel runs it with separate access rights (x86's PKRU) and restores the thread's only on return. Without them the
 * thread cannot access memory that V8 has protected with a key.
 */
static void resume_at(ucontext_t *thread, void (*target)(void))
{
#if defined(__x86_64__)
	greg_t *registers = thread->uc_mcontext.gregs;

	/* Below the red zone, and aligned like after a call. */
	registers[REG_RSP] = ((registers[REG_RSP] - 128) & ~(greg_t)15) - 8;
	registers[REG_RIP] = (greg_t)target;
#elif defined(__aarch64__)
	thread->uc_mcontext.pc = (uintptr_t)target;
#else
#error "Setting the program counter in a signal handler is not implemented for this architecture"
#endif
}

static void on_sigbus(int signal_number, siginfo_t *info, void *context)
{
	struct guard *guard = active;
	uintptr_t address = (uintptr_t)info->si_addr;

	if (guard && address - guard->base < guard->size) {
		resume_at(context, escape);
		return;
	}
	if (previous.sa_flags & SA_SIGINFO) {
		previous.sa_sigaction(signal_number, info, context);
	} else if (previous.sa_handler != SIG_DFL && previous.sa_handler != SIG_IGN) {
		previous.sa_handler(signal_number);
	} else {
		/* Returning repeats the access with the default action, so the core dump shows where it happened. */
		signal(SIGBUS, SIG_DFL);
	}
}

static void install(void)
{
	struct sigaction action = { 0 };

	action.sa_sigaction = on_sigbus;
	action.sa_flags = SA_SIGINFO | SA_ONSTACK;
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
