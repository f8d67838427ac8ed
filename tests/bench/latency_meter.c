/*
 * A cv-mmap producer and an RTP receiver in one process: how long from the publishing of a frame to the
 * last packet of its access unit on the wire?
 *
 *   latency_meter SHM_NAME ZMQ_ENDPOINT WIDTH HEIGHT FPS FRAMES WARM_UP_FRAMES v1|v2
 *
 * It publishes from its start on, at a steady pace. The first access unit that comes back starts the
 * warm-up, the measured frames follow. It writes lines of JSON: the port to send to, the beginning
 * ("measuring") and the end of the measured time ("measured"), the result ("result").
 *
 * Which frame an access unit is of: frames carry capture times of exactly one interval's distance, and RTP
 * time is capture time, so the difference of two RTP timestamps says how many frames lie between them,
 * dropped ones too. That leaves one unknown for the whole run, the frame of the first access unit. No
 * access unit can precede its frame, and a wrong guess moves every latency by a whole interval: the
 * guess is the latest that makes none negative. So it holds if the quickest frame of the run took
 * less than an interval; the others may take any time.
 *
 * The label of a sync message is the Unix time of publishing in nanoseconds, for whoever wants to know.
 */
#define _GNU_SOURCE
#include "moving_picture.h"
#include "rtp_markers.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

enum {
	METADATA = 256,
	SYNC = 48,
	LABEL = 24,
	BGR = 1,
	VIDEO_CLOCK = 90000,
	FIRST_UNIT_WITHIN_S = 30,
	LAST_UNIT_WITHIN_MS = 500,
};

struct producer {
	uint8_t *segment;
	void *context, *socket;
	unsigned width, height, fps;
	int is_v2;
	struct moving_picture pictures;
	uint64_t first_capture_ns; /* Unix time */
};

static uint64_t now_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void fail(const char *what)
{
	fprintf(stderr, "latency_meter: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void put(uint8_t *at, uint64_t value, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

static void put_metadata_v1(uint8_t out[METADATA], const struct producer *self, uint64_t frame,
			    uint64_t capture_ns)
{
	out[8] = 1;
	put(out + 12, frame, 4);
	put(out + 16, capture_ns, 8);
	put(out + 24, self->width, 2);
	put(out + 26, self->height, 2);
	out[28] = 3; /* channels */
	out[29] = 0; /* depth u8 */
	out[30] = BGR;
	put(out + 32, self->pictures.size, 4);
}

static void put_metadata_v2(uint8_t out[METADATA], const struct producer *self, uint64_t frame,
			    uint64_t capture_ns)
{
	uint8_t *plane = out + 64;

	out[8] = 2;
	put(out + 0x0c, frame, 4);
	put(out + 0x10, capture_ns, 8);
	put(out + 0x18, frame, 8); /* publish_seq */
	out[0x20] = 1;             /* plane_count */
	out[0x21] = 1;             /* plane_presence_mask */
	put(out + 0x22, 64, 2);
	put(out + 0x24, 24, 2);
	put(out + 0x26, 4, 2);
	put(out + 0x28, self->pictures.size, 4);
	plane[1] = BGR;
	put(plane + 4, self->width, 4);
	put(plane + 8, self->height, 4);
	put(plane + 12, self->width * 3, 4);
	put(plane + 16, 0, 4);
	put(plane + 20, self->pictures.size, 4);
}

/* Payload, then metadata, then sync. Returns the moment of publishing, Unix time. */
static uint64_t publish(struct producer *self, uint64_t frame)
{
	uint8_t metadata[METADATA] = "CV-MMAP", sync[SYNC] = { 0x7d, 0, 1, 0 };
	uint64_t capture_ns = self->first_capture_ns + frame * 1000000000u / self->fps, published;
	char label[LABEL + 1] = { 0 };

	memcpy(self->segment + METADATA, moving_picture_at(&self->pictures, frame),
	       self->pictures.size);
	if (self->is_v2)
		put_metadata_v2(metadata, self, frame, capture_ns);
	else
		put_metadata_v1(metadata, self, frame, capture_ns);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	memcpy(self->segment, metadata, METADATA);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	put(sync + 4, frame, 4);
	put(sync + 16, capture_ns, 8);
	published = now_ns(CLOCK_REALTIME);
	snprintf(label, sizeof label, "%" PRIu64, published);
	memcpy(sync + 24, label, LABEL);
	if (zmq_send(self->socket, sync, SYNC, 0) != SYNC)
		fail("zmq_send");
	return published;
}

static void open_producer(struct producer *self, const char *shm_name, const char *endpoint)
{
	size_t size;
	int fd, no_linger = 0;

	if (moving_picture_render(&self->pictures, self->width, self->height))
		fail("pictures");
	size = METADATA + (size_t)self->pictures.size;
	fd = shm_open(shm_name, O_RDWR | O_CREAT | O_EXCL, 0600);
	if (fd < 0 || ftruncate(fd, (off_t)size))
		fail(shm_name);
	self->segment = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (self->segment == MAP_FAILED)
		fail("mmap");
	close(fd);
	self->context = zmq_ctx_new();
	self->socket = zmq_socket(self->context, ZMQ_PUB);
	zmq_setsockopt(self->socket, ZMQ_LINGER, &no_linger, sizeof no_linger);
	if (zmq_bind(self->socket, endpoint))
		fail(endpoint);
}

static void close_producer(struct producer *self, const char *shm_name)
{
	zmq_close(self->socket);
	zmq_ctx_term(self->context);
	shm_unlink(shm_name);
	moving_picture_free(&self->pictures);
}

static int64_t newest_published_before(const uint64_t *published, int64_t count, uint64_t moment)
{
	int64_t low = 0, high = count;

	while (low < high) {
		int64_t middle = (low + high) / 2;

		if (published[middle] <= moment)
			low = middle + 1;
		else
			high = middle;
	}
	return low - 1;
}

/* Frames from that of the first access unit to that of this one. */
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

static void print_result(const struct rtp_markers *markers, const uint64_t *published,
			 int64_t published_count, int64_t from, int64_t frames, unsigned fps)
{
	unsigned count = atomic_load(&markers->count), received = 0;
	int64_t first = INT64_MAX;
	double *latencies = calloc((size_t)frames, sizeof *latencies), sum = 0;

	for (unsigned i = 0; i < count; i++) {
		int64_t newest = newest_published_before(published, published_count,
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

static void sleep_until(uint64_t monotonic_ns)
{
	struct timespec until = {
		.tv_sec = (time_t)(monotonic_ns / 1000000000u),
		.tv_nsec = (long)(monotonic_ns % 1000000000u),
	};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
		;
}

/* One line, at once: its reader looks at the clock. */
static void tell(const char *event)
{
	printf("{\"event\":\"%s\"}\n", event);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	struct producer producer = { 0 };
	struct rtp_markers markers;
	int64_t frames, warm_up, capacity, frame = 0, from = -1, end;
	uint64_t *published, start;
	int error;

	if (argc != 9) {
		fprintf(stderr, "usage: %s SHM_NAME ZMQ_ENDPOINT WIDTH HEIGHT FPS FRAMES WARM_UP_FRAMES "
				"v1|v2\n", argv[0]);
		return 2;
	}
	producer.width = (unsigned)atoi(argv[3]);
	producer.height = (unsigned)atoi(argv[4]);
	producer.fps = (unsigned)atoi(argv[5]);
	frames = atoi(argv[6]);
	warm_up = atoi(argv[7]);
	producer.is_v2 = strcmp(argv[8], "v2") == 0;
	if (!producer.width || !producer.height || !producer.fps || frames < 1 || warm_up < 0) {
		fprintf(stderr, "latency_meter: sizes, rate and number of frames must be above 0\n");
		return 2;
	}
	end = FIRST_UNIT_WITHIN_S * (int64_t)producer.fps;
	capacity = end + warm_up + frames;
	published = calloc((size_t)capacity, sizeof *published);
	error = rtp_markers_start(&markers, (uint32_t)capacity);
	if (!published || error) {
		errno = error ? -error : ENOMEM;
		fail("receiver");
	}
	open_producer(&producer, argv[1], argv[2]);
	printf("{\"event\":\"ready\",\"port\":%u}\n", markers.port);
	fflush(stdout);

	start = now_ns(CLOCK_MONOTONIC);
	producer.first_capture_ns = now_ns(CLOCK_REALTIME);
	for (; frame < end; frame++) {
		sleep_until(start + (uint64_t)frame * 1000000000u / producer.fps);
		if (frame == from)
			tell("measuring");
		published[frame] = publish(&producer, (uint64_t)frame);
		if (from < 0 && atomic_load(&markers.count) > 0) {
			from = frame + 1 + warm_up;
			end = from + frames;
		}
	}
	if (from >= 0) {
		sleep_until(start + (uint64_t)frame * 1000000000u / producer.fps);
		tell("measured");
		/* What takes longer than this counts as not received. */
		sleep_until(now_ns(CLOCK_MONOTONIC) + LAST_UNIT_WITHIN_MS * UINT64_C(1000000));
	}
	rtp_markers_stop(&markers);
	close_producer(&producer, argv[1]);
	if (from < 0) {
		fprintf(stderr, "latency_meter: no access unit came within %d s\n", FIRST_UNIT_WITHIN_S);
		return 1;
	}
	print_result(&markers, published, frame, from, frames, producer.fps);
	return 0;
}
