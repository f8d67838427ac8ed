#include "stream_clock.h"

/* So many units in a row that are earlier are of a stream that has begun anew. */
static const unsigned ANEW = 64;

static int is_later(struct stream_clock *self, uint64_t pts_ns)
{
	if (!self->has_begun || pts_ns > self->latest_ns)
		return 1;
	return ++self->behind > ANEW && pts_ns < self->latest_ns;
}

uint64_t stream_clock_stamp_ns(struct stream_clock *self, uint64_t capture_ns, const struct coded_plane *unit)
{
	if (unit->size && is_later(self, unit->pts_ns)) {
		self->has_begun = 1;
		self->latest_ns = unit->pts_ns;
		self->shift_ns = unit->pts_ns - capture_ns;
		self->behind = 0;
	}
	return capture_ns + self->shift_ns;
}
