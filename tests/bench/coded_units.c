#include "coded_units.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Reads the next access unit. Returns NULL at the end of the file. */
static uint8_t *next(FILE *file, uint32_t head[2])
{
	uint8_t *bytes;

	if (fread(head, sizeof *head, 2, file) != 2)
		return NULL;
	bytes = malloc(head[0]);
	if (bytes && fread(bytes, 1, head[0], file) == head[0])
		return bytes;
	free(bytes);
	return NULL;
}

int coded_units_read(struct coded_units *self, const char *path)
{
	FILE *file = fopen(path, "rb");
	struct coded_unit *units;
	uint32_t head[2];
	uint8_t *bytes;

	if (!file)
		return -1;
	while ((bytes = next(file, head))) {
		units = realloc(self->units, (self->count + 1) * sizeof *units);
		if (!units)
			break;
		self->units = units;
		units[self->count++] = (struct coded_unit){ bytes, head[0], (int)(head[1] & 1) };
		if (head[0] > self->largest)
			self->largest = head[0];
	}
	fclose(file);
	errno = EINVAL;
	return self->count ? 0 : -1;
}

const struct coded_unit *coded_units_at(const struct coded_units *self, uint64_t frame)
{
	return self->count ? &self->units[frame % self->count] : NULL;
}
