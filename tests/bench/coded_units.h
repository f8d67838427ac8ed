/* Access units from a file, for a producer that publishes them with its pictures. */
#ifndef BENCH_CODED_UNITS_H
#define BENCH_CODED_UNITS_H

#include <stdint.h>

struct coded_unit {
	const uint8_t *bytes;
	uint32_t size;
	int is_key;
};

/* Initialize to zero; it is empty then. */
struct coded_units {
	struct coded_unit *units;
	uint32_t count, largest;
};

/*
 * Reads a file of access units. Each has 4 bytes of size, 4 bytes of flags (1: key frame), both little-endian, and the
 * data. Returns 0, or -1 with errno set.
 */
int coded_units_read(struct coded_units *self, const char *path);

/* Returns the access unit of a frame, in a loop over the file, or NULL if the file was not read. */
const struct coded_unit *coded_units_at(const struct coded_units *self, uint64_t frame);

#endif
