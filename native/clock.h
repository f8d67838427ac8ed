#ifndef CVM_CLOCK_H
#define CVM_CLOCK_H

#include <stdint.h>

/* The steady clock that arrivals and ends of reads are noted in. */
uint64_t cvm_clock_monotonic_ns(void);

/* Unix time in microseconds, which producers stamp their frames with. */
uint64_t cvm_clock_unix_us(void);

/* Lets other threads run for this long, less than a second; a signal may end it early. */
void cvm_clock_sleep(uint64_t nanoseconds);

#endif
