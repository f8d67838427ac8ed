/*
 * A cv-mmap producer and an RTP receiver in one process. It measures the time from publishing a frame to the last
 * packet of its access unit on the wire.
 *
 *   latency_meter SHM_NAME ZMQ_ENDPOINT WIDTH HEIGHT FPS FRAMES WARM_UP_FRAMES v1|v2|UNITS PHASE
 *
 * UNITS is a file of access units (coded_units.h). They are published as v2.1 frames, with the pictures.
 *
 * It publishes frames at a steady pace from its start on. The first frame is at a whole second of the monotonic clock
 * plus PHASE, a fraction of the frame interval, so that two parallel runs can avoid each other. The first access unit
 * received starts the warm-up, and the measured frames follow. It prints lines of JSON: the port to send to ("ready"),
 * the start ("measuring") and the end ("measured") of the measurement, and the result ("result").
 *
 * The label of a sync message is the time of publishing: Unix time in nanoseconds.
 */
#define _GNU_SOURCE
#include "camera.h"
#include "clock.h"
#include "latencies.h"
#include "rtp_markers.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	FIRST_UNIT_TIMEOUT_S = 30,
	LAST_UNIT_TIMEOUT_MS = 500,
};

static void fail(const char *what)
{
	fprintf(stderr, "latency_meter: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* Flushes at once, because the reader of the line notes the time. */
static void print_event(const char *event)
{
	printf("{\"event\":\"%s\"}\n", event);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	struct camera camera = { 0 };
	struct rtp_markers markers;
	int64_t frames, warm_up, capacity, frame = 0, from = -1, end;
	uint64_t *published, start;
	const char *failed;
	double phase;
	int error;

	if (argc != 10) {
		fprintf(stderr, "usage: %s SHM_NAME ZMQ_ENDPOINT WIDTH HEIGHT FPS FRAMES WARM_UP_FRAMES "
				"v1|v2|UNITS PHASE\n", argv[0]);
		return 2;
	}
	camera.width = (unsigned)atoi(argv[3]);
	camera.height = (unsigned)atoi(argv[4]);
	camera.fps = (unsigned)atoi(argv[5]);
	frames = atoi(argv[6]);
	warm_up = atoi(argv[7]);
	camera.is_v2 = strcmp(argv[8], "v1") != 0;
	if (camera.is_v2 && strcmp(argv[8], "v2") != 0 && coded_units_read(&camera.units, argv[8]))
		fail(argv[8]);
	phase = atof(argv[9]);
	if (!camera.width || !camera.height || !camera.fps || frames < 1 || warm_up < 0 ||
	    phase < 0 || phase >= 1) {
		fprintf(stderr, "latency_meter: width, height, frame rate and number of frames must be above 0, "
				"and the phase at least 0 and below 1\n");
		return 2;
	}
	end = FIRST_UNIT_TIMEOUT_S * (int64_t)camera.fps;
	capacity = end + warm_up + frames;
	published = calloc((size_t)capacity, sizeof *published);
	error = rtp_markers_start(&markers, (uint32_t)capacity);
	if (!published || error) {
		errno = error ? -error : ENOMEM;
		fail("receiver");
	}
	failed = camera_open(&camera, argv[1], argv[2]);
	if (failed)
		fail(failed);
	printf("{\"event\":\"ready\",\"port\":%u}\n", markers.port);
	fflush(stdout);

	start = (now_ns(CLOCK_MONOTONIC) / 1000000000u + 1) * 1000000000u +
		(uint64_t)(phase * 1e9 / camera.fps);
	sleep_until(start);
	camera.first_capture_ns = now_ns(CLOCK_REALTIME);
	for (; frame < end; frame++) {
		sleep_until(start + (uint64_t)frame * 1000000000u / camera.fps);
		if (frame == from)
			print_event("measuring");
		published[frame] = camera_publish(&camera, (uint64_t)frame);
		if (!published[frame])
			fail("zmq_send");
		if (from < 0 && atomic_load(&markers.count) > 0) {
			from = frame + 1 + warm_up;
			end = from + frames;
		}
	}
	if (from >= 0) {
		sleep_until(start + (uint64_t)frame * 1000000000u / camera.fps);
		print_event("measured");
		/* Access units that arrive later count as lost. */
		sleep_until(now_ns(CLOCK_MONOTONIC) + LAST_UNIT_TIMEOUT_MS * UINT64_C(1000000));
	}
	rtp_markers_stop(&markers);
	camera_close(&camera, argv[1]);
	if (from < 0) {
		fprintf(stderr, "latency_meter: no access unit received within %d s\n", FIRST_UNIT_TIMEOUT_S);
		return 1;
	}
	latencies_print(&markers, &(struct publications){
					  .published = published,
					  .count = frame,
					  .from = from,
					  .frames = frames,
					  .fps = camera.fps,
				  });
	return 0;
}
