/*
 * The program that the product is compared with: the closest equivalent in plain C, with GStreamer's own elements.
 *
 *   plain_pipeline SHM_NAME ZMQ_ENDPOINT WIDTH HEIGHT FPS HOST PORT ENCODER
 *
 * For each sync message, it copies the BGR payload into a buffer and pushes it to
 * appsrc ! videoconvert ! ENCODER ! rtph264pay ! udpsink. ENCODER is an element with its properties, in the syntax of
 * gst-launch. It does not check for torn frames, which gives it an advantage. It runs until SIGTERM.
 *
 * With WITH_LIBYUV, libyuv converts straight from shared memory into the encoder's buffer (BT.601, limited range),
 * which is the most that such a program can save.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <gst/app/gstappsrc.h>
#include <gst/gst.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>
#ifdef WITH_LIBYUV
#include <libyuv.h>
#endif

enum {
	METADATA = 256,
	SYNC = 48,
	SYNC_MAGIC = 0x7d,
};

#ifdef WITH_LIBYUV
#define FORMAT "I420"
#define CONVERSION ""

/* Widths are a multiple of 8 and heights are even, so rows have no padding. */
static GstBuffer *picture(const uint8_t *pixels, int width, int height)
{
	int luma = width * height, half = width / 2;
	GstBuffer *buffer = gst_buffer_new_allocate(NULL, (gsize)luma * 3 / 2, NULL);
	GstMapInfo map;

	gst_buffer_map(buffer, &map, GST_MAP_WRITE);
	RGB24ToI420(pixels, 3 * width, map.data, width, map.data + luma, half, map.data + luma * 5 / 4, half,
		    width, height);
	gst_buffer_unmap(buffer, &map);
	return buffer;
}
#else
#define FORMAT "BGR"
#define CONVERSION "! videoconvert ! video/x-raw,format=I420 "

static GstBuffer *picture(const uint8_t *pixels, int width, int height)
{
	gsize size = (gsize)width * (gsize)height * 3;
	GstBuffer *buffer = gst_buffer_new_allocate(NULL, size, NULL);

	gst_buffer_fill(buffer, 0, pixels, size);
	return buffer;
}
#endif

static volatile sig_atomic_t stopped;

static void on_signal(int number)
{
	(void)number;
	stopped = 1;
}

static void fail(const char *what)
{
	fprintf(stderr, "plain_pipeline: %s\n", what);
	exit(1);
}

static const uint8_t *map_segment(const char *name, size_t needed)
{
	int fd = shm_open(name, O_RDONLY, 0);
	struct stat state;
	void *segment;

	if (fd < 0 || fstat(fd, &state) || (size_t)state.st_size < needed)
		fail("the segment is missing or too small");
	segment = mmap(NULL, needed, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (segment == MAP_FAILED)
		fail("mmap");
	return segment;
}

static void *subscribe(void *context, const char *endpoint)
{
	void *socket = zmq_socket(context, ZMQ_SUB);

	if (!socket || zmq_setsockopt(socket, ZMQ_SUBSCRIBE, "", 0) || zmq_connect(socket, endpoint))
		fail("cannot subscribe");
	return socket;
}

static GstElement *start_pipeline(char **argv)
{
	GError *error = NULL;
	GstElement *pipeline;
	/* leaky: a waiting frame is replaced by the next one, like in the product. I420: x264enc would also
	 * accept 4:4:4 from videoconvert. */
	char *description = g_strdup_printf(
		"appsrc name=source is-live=true format=time block=false max-buffers=1 max-bytes=0 "
		"leaky-type=downstream caps=video/x-raw,format=" FORMAT ",width=%s,height=%s,framerate=%s/1 "
		CONVERSION "! %s "
		"! rtph264pay pt=96 mtu=1400 config-interval=-1 "
		"! udpsink host=%s port=%s sync=false async=false",
		argv[3], argv[4], argv[5], argv[8], argv[6], argv[7]);

	pipeline = gst_parse_launch(description, &error);
	if (!pipeline || error)
		fail(error ? error->message : description);
	g_free(description);
	if (gst_element_set_state(pipeline, GST_STATE_PLAYING) == GST_STATE_CHANGE_FAILURE)
		fail("the pipeline does not start");
	return pipeline;
}

static uint64_t timestamp_ns(const uint8_t sync[SYNC])
{
	uint64_t value;

	memcpy(&value, sync + 16, sizeof value);
	return GUINT64_FROM_LE(value);
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_signal };
	GstElement *pipeline, *source;
	const uint8_t *segment;
	uint64_t first = 0;
	void *context, *socket;
	size_t size;

	if (argc != 9)
		fail("usage: SHM_NAME ZMQ_ENDPOINT WIDTH HEIGHT FPS HOST PORT ENCODER");
	sigaction(SIGTERM, &action, NULL);
	gst_init(NULL, NULL);
	size = (size_t)atoi(argv[3]) * (size_t)atoi(argv[4]) * 3;
	segment = map_segment(argv[1], METADATA + size);
	context = zmq_ctx_new();
	socket = subscribe(context, argv[2]);
	pipeline = start_pipeline(argv);
	source = gst_bin_get_by_name(GST_BIN(pipeline), "source");

	while (!stopped) {
		uint8_t sync[SYNC];
		GstBuffer *buffer;

		if (zmq_recv(socket, sync, SYNC, 0) != SYNC || sync[0] != SYNC_MAGIC)
			continue;
		buffer = picture(segment + METADATA, atoi(argv[3]), atoi(argv[4]));
		first = first ? first : timestamp_ns(sync);
		GST_BUFFER_PTS(buffer) = timestamp_ns(sync) - first;
		gst_app_src_push_buffer(GST_APP_SRC(source), buffer);
	}
	gst_element_set_state(pipeline, GST_STATE_NULL);
	gst_object_unref(source);
	gst_object_unref(pipeline);
	zmq_close(socket);
	zmq_ctx_term(context);
	return 0;
}
