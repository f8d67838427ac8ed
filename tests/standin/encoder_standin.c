/*
 * A stand-in for GStreamer's nvcodec plugin, for machines without an NVIDIA GPU: an element
 * nvh264enc that encodes with x264enc and misbehaves on request.
 *
 *     cc -shared -fPIC -o libgstnvcodec.so encoder_standin.c $(pkg-config --cflags --libs gstreamer-1.0)
 *
 * GStreamer loads the first plugin that it finds with a file name. In a folder of GST_PLUGIN_PATH,
 * this one hides the real one. The first letter of the file that ENCODER_STANDIN names selects its
 * behavior. The file is read for each picture:
 *
 *     w  works
 *     s  slow: each picture takes ENCODER_STANDIN_SLOW_MS milliseconds more
 *     n  accepts pictures and outputs nothing
 */

#include <gst/gst.h>
#include <stdio.h>
#include <stdlib.h>

#define PACKAGE "cvmmap-streamer-standin"

typedef struct { GstBin bin; } Standin;
typedef struct { GstBinClass bin_class; } StandinClass;
G_DEFINE_TYPE(Standin, standin, GST_TYPE_BIN)

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE("sink", GST_PAD_SINK,
	GST_PAD_ALWAYS, GST_STATIC_CAPS("video/x-raw,format={NV12,I420}"));
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE("src", GST_PAD_SRC,
	GST_PAD_ALWAYS, GST_STATIC_CAPS("video/x-h264,stream-format=byte-stream,alignment=au"));

static int mode(void)
{
	const char *path = getenv("ENCODER_STANDIN");
	FILE *file = path ? fopen(path, "r") : NULL;
	int letter;

	if (!file)
		return 'w';
	letter = fgetc(file);
	fclose(file);
	return letter;
}

static GstPadProbeReturn on_picture(GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
	const char *slow = getenv("ENCODER_STANDIN_SLOW_MS");

	(void)pad, (void)info, (void)data;
	switch (mode()) {
	case 'n':
		return GST_PAD_PROBE_DROP;
	case 's':
		g_usleep(1000 * (slow ? strtoul(slow, NULL, 10) : 0));
		return GST_PAD_PROBE_OK;
	default:
		return GST_PAD_PROBE_OK;
	}
}

static void add_pad(Standin *self, GstElement *encoder, const char *name)
{
	GstPad *pad = gst_element_get_static_pad(encoder, name);

	if (name[1] == 'i')
		gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, on_picture, NULL, NULL);
	gst_element_add_pad(GST_ELEMENT(self), gst_ghost_pad_new(name, pad));
	gst_object_unref(pad);
}

static void standin_init(Standin *self)
{
	GstElement *encoder = gst_element_factory_make("x264enc", NULL);

	if (!encoder)
		return; /* Linking then fails with an error, because there are no pads. */
	gst_util_set_object_arg(G_OBJECT(encoder), "tune", "zerolatency");
	gst_util_set_object_arg(G_OBJECT(encoder), "speed-preset", "ultrafast");
	g_object_set(encoder, "key-int-max", 25, "bitrate", 4000, "byte-stream", TRUE, "aud", FALSE, NULL);
	gst_bin_add(GST_BIN(self), encoder);
	add_pad(self, encoder, "sink");
	add_pad(self, encoder, "src");
}

static void standin_class_init(StandinClass *class)
{
	GstElementClass *element = GST_ELEMENT_CLASS(class);

	gst_element_class_set_static_metadata(element, "Stand-in for NVENC", "Codec/Encoder/Video/Hardware",
		"Encodes with x264enc and misbehaves on request", "cvmmap-streamer");
	gst_element_class_add_static_pad_template(element, &sink_template);
	gst_element_class_add_static_pad_template(element, &src_template);
}

static gboolean plugin_init(GstPlugin *plugin)
{
	return gst_element_register(plugin, "nvh264enc", GST_RANK_NONE, standin_get_type());
}

GST_PLUGIN_DEFINE(GST_VERSION_MAJOR, GST_VERSION_MINOR, nvcodec, "Stand-in for NVENC", plugin_init,
	"1.0", "MIT/X11", PACKAGE, "cvmmap-streamer")
