#include "latencies.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { VIDEO_CLOCK = 90000 };

static int64_t newest_published_before(const uint64_t *published, int64_t count, uint64_t time)
{
	int64_t low = 0, high = count;

	while (low < high) {
		int64_t middle = (low + high) / 2;

		if (published[middle] <= time)
			low = middle + 1;
		else
			high = middle;
	}
	return low - 1;
}

/* Returns the number of frames from the first access unit to this one. */
static int64_t frames_since_first(const struct rtp_markers *markers, unsigned index, unsigned fps)
{
	int32_t ticks = (int32_t)(markers->markers[index].timestamp - markers->markers[0].timestamp);
	double frames = (double)ticks * fps / VIDEO_CLOCK;

	return (int64_t)(frames < 0 ? frames - 0.5 : frames + 0.5);
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double quantile(const double *sorted, unsigned count, double part)
{
	unsigned at = (unsigned)(part * (count - 1) + 0.5);

	return count ? sorted[at] : 0;
}

void latencies_print(const struct rtp_markers *markers, const struct publications *publications)
{
	const uint64_t *published = publications->published;
	int64_t from = publications->from, frames = publications->frames, first = INT64_MAX;
	unsigned fps = publications->fps, count = atomic_load(&markers->count), received = 0;
	double *latencies = calloc((size_t)frames, sizeof *latencies), sum = 0;

	for (unsigned i = 0; i < count; i++) {
		int64_t newest = newest_published_before(published, publications->count,
							 markers->markers[i].arrived_ns);
		int64_t guess = newest - frames_since_first(markers, i, fps);

		first = guess < first ? guess : first;
	}
	for (unsigned i = 0; i < count; i++) {
		int64_t frame = first + frames_since_first(markers, i, fps);

		if (frame < from || frame >= from + frames || received == frames)
			continue;
		latencies[received] = (double)(markers->markers[i].arrived_ns - published[frame]) / 1e6;
		sum += latencies[received++];
	}
	qsort(latencies, received, sizeof *latencies, by_size);
	printf("{\"event\":\"result\",\"published\":%" PRId64 ",\"received\":%u,\"mean\":%.3f,"
	       "\"p10\":%.3f,\"p50\":%.3f,\"p95\":%.3f,\"p99\":%.3f,\"max\":%.3f,"
	       "\"packets\":%lu,\"bytes\":%lu}\n",
	       frames, received, received ? sum / received : 0, quantile(latencies, received, 0.1),
	       quantile(latencies, received, 0.5), quantile(latencies, received, 0.95),
	       quantile(latencies, received, 0.99), quantile(latencies, received, 1),
	       atomic_load(&markers->packets), atomic_load(&markers->bytes));
	free(latencies);
}
