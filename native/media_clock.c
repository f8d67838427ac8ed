#include "media_clock.h"

/* How far a capture time may be from its arrival and still be Unix time. */
static const double UNIX_TIME_WITHIN = 10e6;
/* Two frames are never closer: some ticks of a 90 kHz clock. */
static const uint64_t LEAST_STEP = 100;
/*
 * How far media time may be from elapsed time, either way, where arrivals do not explain it. Twice this is what
 * it can be off over any window of time.
 */
static const double TOLERANCE = 45e3;
/* How long a capture clock must have been right before it is followed again. */
static const double PROBATION = 5e6;
/* How fast elapsed time is fitted to the capture clock: more than two clocks ever run apart. */
static const double SKEW = 0.001;
/* Time over which the usual interval of arrivals is averaged. */
static const double USUAL_OVER = 10e6;
/* What an arrival may be later than usual without being a stall. */
static const double JITTER = 20e3;
/* Frames that catch up become less late by this much within this time; where they do not, the clock has jumped. */
static const double CATCHING_UP_BY = 1e3, CATCHING_UP_WITHIN = 250e3;
/* How fast lateness that is not caught up stops to be explained, in parts a second. */
static const double FORGETTING = 0.5;

static double least_of(double a, double b)
{
	return a < b ? a : b;
}

static double most_of(double a, double b)
{
	return a > b ? a : b;
}

static void note_least(struct cvm_media_clock *self, double lateness)
{
	self->least = lateness;
	self->least_for = 0;
}

/* How much of the lateness is explained: that for which nothing had arrived, as long as it is made up for. */
static void explain(struct cvm_media_clock *self, double lateness, double since)
{
	double usual = self->usual > 0 ? self->usual : since;
	double stall = since - usual - least_of(usual / 2, JITTER);
	double grown = lateness - self->lateness;
	double measured = least_of(since, 4 * usual); /* a stall is no measure of what is usual */

	self->least_for += since;
	if (stall > 0 && grown > 0) {
		self->explained += least_of(stall, grown);
		note_least(self, lateness);
	} else if (lateness < self->least - CATCHING_UP_BY) {
		note_least(self, lateness);
	} else if (self->least_for > CATCHING_UP_WITHIN) {
		self->explained *= 1 - least_of(FORGETTING * since / 1e6, 1);
	}
	self->explained = least_of(self->explained, most_of(lateness, 0));
	self->usual = usual + (measured - usual) * least_of(measured / USUAL_OVER, 0.5);
}

static double media_time(struct cvm_media_clock *self, double capture, uint64_t arrived_ns)
{
	double since = (double)(int64_t)(arrived_ns - self->last_ns) / 1e3;
	double elapsed = (double)(int64_t)(arrived_ns - self->start_ns) / 1e3 + self->skew;
	double lateness = elapsed - (capture - self->origin), correction = SKEW * since;

	self->is_followed = 0;
	explain(self, lateness, since);
	if (capture <= self->last_capture || lateness < -TOLERANCE || lateness > self->explained + TOLERANCE) {
		self->origin = capture - elapsed;
		self->lateness = self->explained = 0;
		note_least(self, 0);
		self->followed_from = elapsed + PROBATION;
		return elapsed;
	}
	self->lateness = lateness;
	if (elapsed < self->followed_from)
		return elapsed;
	self->is_followed = 1;
	self->skew += least_of(most_of(-lateness, -correction), correction);
	return capture - self->origin;
}

static uint64_t rounded(double microseconds)
{
	return microseconds > 0 ? (uint64_t)(microseconds + 0.5) : 0;
}

uint64_t media_clock_unix_us(uint64_t stamp_ns, uint64_t arrived_unix_us)
{
	uint64_t capture_us = stamp_ns / 1000;
	double age = (double)capture_us - (double)arrived_unix_us;

	return most_of(age, -age) <= UNIX_TIME_WITHIN ? capture_us : arrived_unix_us;
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
		self->pts = pts > self->pts + LEAST_STEP ? pts : self->pts + LEAST_STEP;
	}
	self->last_capture = capture;
	self->last_ns = arrived_ns;
	out->pts_us = self->pts;
	out->followed = self->is_followed;
	out->capture_unix_us = out->followed ? media_clock_unix_us(stamp_ns, arrived_unix_us) : arrived_unix_us;
}
