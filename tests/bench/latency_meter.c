/*
 * A cv-mmap producer and an RTP receiver in one process: how long from the publishing of a frame to the
 * last packet of its access unit on the wire?
 *
 *   latency_meter SHM_NAME ZMQ_ENDPOINT WIDTH HEIGHT FPS FRAMES WARM_UP_FRAMES v1|v2|UNITS PHASE
 *
 * UNITS is a file of access units (coded_units.h), which frames of v2.1 have beside their pictures.
 *
 * It publishes from its start on, at a steady pace: from a whole second of the steady clock and PHASE, a part of
 * the frame interval, so that two at once can keep out of each other's way. The first access unit that comes
 * back starts the warm-up, the measured frames follow. It writes lines of JSON: the port to send to, the beginning
 * ("measuring") and the end of the measured time ("measured"), the result ("result").
 *
 * The label of a sync message is the Unix time of publishing in nanoseconds, for whoever wants to know.
 */
#define _GNU_SOURCE
#include "camera.h"
#include "latencies.h"
#include "moment.h"
#include "rtp_markers.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	FIRST_UNIT_WITHIN_S = 30,
	LAST_UNIT_WITHIN_MS = 500,
};

static void fail(const char *what)
{
	fprintf(stderr, "latency_meter: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* One line, at once: its reader looks at the clock. */
static void tell(const char *event)
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
		fprintf(stderr, "latency_meter: sizes, rate and number of frames must be above 0, and the "
				"phase from 0 to 1\n");
		return 2;
	}
	end = FIRST_UNIT_WITHIN_S * (int64_t)camera.fps;
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
			tell("measuring");
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
		tell("measured");
		/* What takes longer than this counts as not received. */
		sleep_until(now_ns(CLOCK_MONOTONIC) + LAST_UNIT_WITHIN_MS * UINT64_C(1000000));
	}
	rtp_markers_stop(&markers);
	camera_close(&camera, argv[1]);
	if (from < 0) {
		fprintf(stderr, "latency_meter: no access unit came within %d s\n", FIRST_UNIT_WITHIN_S);
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
