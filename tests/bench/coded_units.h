/* Access units that were encoded beforehand, for a producer that passes them on beside its pictures. */
#ifndef BENCH_CODED_UNITS_H
#define BENCH_CODED_UNITS_H

#include <stdint.h>

struct coded_unit {
	const uint8_t *bytes;
	uint32_t size;
	int is_key;
};

/* Zeroed: none. */
struct coded_units {
	struct coded_unit *units;
	uint32_t count, largest;
};

/*
 * Reads a file of one after the other: 4 bytes of size and 4 of flags (1: key frame), little-endian, then the bytes.
 * 0, or -1 with the reason in errno.
 */
int coded_units_read(struct coded_units *self, const char *path);

/* That of a frame: they begin again after the last. NULL: there are none. */
const struct coded_unit *coded_units_at(const struct coded_units *self, uint64_t frame);

#endif
