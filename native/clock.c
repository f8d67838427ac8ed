#define _GNU_SOURCE
#include "clock.h"

#include <time.h>

static uint64_t nanoseconds(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t cvm_clock_monotonic_ns(void)
{
	return nanoseconds(CLOCK_MONOTONIC);
}

uint64_t cvm_clock_unix_us(void)
{
	return nanoseconds(CLOCK_REALTIME) / 1000;
}

void clock_sleep(uint64_t nanoseconds)
{
	struct timespec duration = { 0, (long)nanoseconds };

	nanosleep(&duration, NULL);
}
