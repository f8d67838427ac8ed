#include "media_clock.h"

/* How far a capture time may be from its arrival to be taken for Unix time. */
static const double MAX_UNIX_OFFSET = 10e6;
/* Minimum distance between two frames: some ticks of a 90 kHz clock. */
static const uint64_t MIN_STEP = 100;
/*
 * How far media time may differ from elapsed time, in either direction, where late arrivals do not explain it. Over
 * any window of time the drift is at most twice this.
 */
static const double TOLERANCE = 45e3;
/* How long a capture clock must have been correct before it is followed again. */
static const double SETTLING_TIME = 5e6;
/* How fast elapsed time is fitted to the capture clock: more than any two clocks differ. */
static const double SKEW_RATE = 0.001;
/* Time over which the usual interval of arrivals is averaged. */
static const double AVERAGING_TIME = 10e6;
/* How much later than usual an arrival may be without counting as a stall. */
static const double JITTER = 20e3;
/* Intervals from which the usual one is known well enough to tell a stall. */
static const double KNOWN_INTERVALS = 5;
/* How fast late frames catch up at least, as a fraction of elapsed time; otherwise the clock has jumped or is slow. */
static const double CATCH_UP_RATE = 0.15;

static double min_of(double a, double b)
{
	return a < b ? a : b;
}

static double max_of(double a, double b)
{
	return a > b ? a : b;
}

/*
 * Updates the explained lateness: the time in which nothing arrived, as long as frames then catch up. Uneven arrivals
 * look like short stalls. They explain no more than is caught up, so they do not hide a slow clock.
 */
static void update_explained(struct cvm_media_clock *self, double lateness, double since)
{
	double usual = self->intervals > 0 ? self->usual_interval : since;
	double stall = max_of(since - usual - min_of(usual / 2, JITTER), 0);
	double grown = max_of(lateness - self->lateness, 0);
	double measured = min_of(since, 2 * usual); /* a stall must not change the average much */
	double weight = max_of(2.0 / (self->intervals + 2), measured / AVERAGING_TIME);

	if (self->intervals < KNOWN_INTERVALS)
		stall = 0;
	self->explained = max_of(self->explained - CATCH_UP_RATE * (since - stall), 0) + min_of(stall, grown);
	self->explained = max_of(min_of(self->explained, lateness), 0);
	self->usual_interval = usual + (measured - usual) * min_of(weight, 0.5);
	self->intervals++;
}

static double media_time(struct cvm_media_clock *self, double capture, uint64_t arrived_ns)
{
	double since = (double)(int64_t)(arrived_ns - self->last_ns) / 1e3;
	double elapsed = (double)(int64_t)(arrived_ns - self->start_ns) / 1e3 + self->skew;
	double lateness = elapsed - (capture - self->origin), correction = SKEW_RATE * since;

	self->is_followed = 0;
	update_explained(self, lateness, since);
	if (capture <= self->last_capture || lateness < -TOLERANCE || lateness > self->explained + TOLERANCE) {
		self->origin = capture - elapsed;
		self->lateness = self->explained = 0;
		self->followed_from = elapsed + SETTLING_TIME;
		return elapsed;
	}
	self->lateness = lateness;
	if (elapsed < self->followed_from)
		return elapsed;
	self->is_followed = 1;
	self->skew += min_of(max_of(self->explained - lateness, -correction), correction);
	return capture - self->origin;
}

static uint64_t rounded(double microseconds)
{
	return microseconds > 0 ? (uint64_t)(microseconds + 0.5) : 0;
}

uint64_t media_clock_unix_ns(uint64_t stamp_ns, uint64_t arrived_unix_us)
{
	double age = (double)(stamp_ns / 1000) - (double)arrived_unix_us;

	return max_of(age, -age) <= MAX_UNIX_OFFSET ? stamp_ns : arrived_unix_us * 1000;
}

void cvm_media_clock_place(struct cvm_media_clock *self, uint64_t stamp_ns, uint64_t arrived_ns,
			   uint64_t arrived_unix_us, struct cvm_media_time *out)
{
	uint64_t capture_us = stamp_ns / 1000, pts;
	double capture = (double)capture_us;

	if (!self->start_ns) {
		self->start_ns = arrived_ns;
		self->origin = capture;
		self->is_followed = 1;
	} else {
		pts = rounded(media_time(self, capture, arrived_ns));
		self->pts = pts > self->pts + MIN_STEP ? pts : self->pts + MIN_STEP;
	}
	self->last_capture = capture;
	self->last_ns = arrived_ns;
	out->pts_us = self->pts;
	out->followed = self->is_followed;
	out->capture_unix_ns = out->followed ? media_clock_unix_ns(stamp_ns, arrived_unix_us) : arrived_unix_us * 1000;
}
