#ifndef CVM_CLOCK_H
#define CVM_CLOCK_H

#include "export.h"

#include <stdint.h>

/* Returns CLOCK_MONOTONIC, the clock of arrivals and of the ends of copies. */
CVM_EXPORT uint64_t cvm_clock_monotonic_ns(void);

/* Returns Unix time in microseconds, which producers stamp their frames with. */
CVM_EXPORT uint64_t cvm_clock_unix_us(void);

/* Sleeps for less than a second; a signal may end it early. */
void clock_sleep(uint64_t nanoseconds);

#endif
