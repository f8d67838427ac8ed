#include "stream_clock.h"

/* More earlier units in a row than this mean that the stream has restarted. */
static const unsigned RESTART_AFTER = 64;

static int is_later(struct stream_clock *self, uint64_t pts_ns)
{
	if (!self->has_begun || pts_ns > self->latest_ns)
		return 1;
	return ++self->stale_units > RESTART_AFTER && pts_ns < self->latest_ns;
}

uint64_t stream_clock_stamp_ns(struct stream_clock *self, uint64_t capture_ns, const struct coded_plane *unit)
{
	if (unit->size && is_later(self, unit->pts_ns)) {
		self->has_begun = 1;
		self->latest_ns = unit->pts_ns;
		self->shift_ns = unit->pts_ns - capture_ns;
		self->stale_units = 0;
	}
	return capture_ns + self->shift_ns;
}
