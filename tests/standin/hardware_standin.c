/*
 * Stand-ins for GStreamer's hardware encoders of VA-API, Intel Quick Sync and V4L2, for machines without such a device.
 * Each element has the name, properties, ranges, caps and enum values of the documentation of GStreamer 1.22, and
 * encodes with x264enc or x265enc.
 *
 *     cc -shared -fPIC -o libgsthardwarestandin.so hardware_standin.c $(pkg-config --cflags --libs gstreamer-1.0)
 *
 * For each property that is set, a line "element property value" is appended to the file that HARDWARE_STANDIN names.
 * Only the elements in HARDWARE_STANDIN_HAS, a list separated by spaces, are available.
 */
#include <gst/gst.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PACKAGE "cvmmap-streamer-standin"

enum kind { UINT, BOOL, RATE, STRUCTURE };

struct property {
	const char *name;
	enum kind kind;
	guint min, max;
};

static const struct property VA[] = {
	{ "aud", BOOL, 0, 0 }, { "b-frames", UINT, 0, 31 }, { "bitrate", UINT, 0, 2048000 },
	{ "key-int-max", UINT, 0, 1024 }, { "rate-control", RATE, 0, 0 }, { "target-usage", UINT, 1, 7 }, { 0 },
};
static const struct property QSV[] = {
	{ "b-frames", UINT, 0, 65535 }, { "bitrate", UINT, 0, 65535 }, { "gop-size", UINT, 0, G_MAXINT },
	{ "idr-interval", UINT, 0, G_MAXINT }, { "low-latency", BOOL, 0, 0 }, { "rate-control", RATE, 0, 0 },
	{ "target-usage", UINT, 1, 7 }, { 0 },
};
static const struct property V4L2[] = { { "extra-controls", STRUCTURE, 0, 0 }, { 0 } };

static const struct element {
	const char *name, *encoder, *sink, *src;
	const struct property *properties;
} ELEMENTS[] = {
	{ "vah264enc", "x264enc", "video/x-raw,format=NV12", "video/x-h264,stream-format=byte-stream,alignment=au", VA },
	{ "vah264lpenc", "x264enc", "video/x-raw,format=NV12", "video/x-h264,stream-format=byte-stream,alignment=au", VA },
	{ "vah265enc", "x265enc", "video/x-raw,format=NV12", "video/x-h265,stream-format=byte-stream,alignment=au", VA },
	{ "vah265lpenc", "x265enc", "video/x-raw,format=NV12", "video/x-h265,stream-format=byte-stream,alignment=au", VA },
	{ "qsvh264enc", "x264enc", "video/x-raw,format=NV12,width=[16,8192],height=[16,8192]",
	  "video/x-h264,stream-format={avc,byte-stream},alignment=au", QSV },
	{ "qsvh265enc", "x265enc", "video/x-raw,format=NV12,width=[16,8192],height=[16,8192]",
	  "video/x-h265,stream-format={hvc1,byte-stream},alignment=au", QSV },
	/* Like the Raspberry Pi's encoder, it requires a level in the caps. */
	{ "v4l2h264enc", "x264enc", "video/x-raw,format={NV12,I420},width=[32,1920],height=[32,1920]",
	  "video/x-h264,stream-format=byte-stream,alignment=au,level=(string)4", V4L2 },
};

typedef struct {
	GstBin bin;
	GstElement *encoder;
} Standin;

typedef struct {
	GstBinClass bin_class;
	const struct element *element;
} StandinClass;

static GType rate_control(void)
{
	static const GEnumValue values[] = { { 2, "CBR", "cbr" }, { 4, "VBR", "vbr" }, { 16, "CQP", "cqp" }, { 0, 0, 0 } };
	static GType type;

	if (!type)
		type = g_enum_register_static("StandinRateControl", values);
	return type;
}

static void set_property(GObject *object, guint id, const GValue *value, GParamSpec *spec)
{
	Standin *self = (Standin *)object;
	const struct element *element = ((StandinClass *)G_OBJECT_GET_CLASS(object))->element;
	const char *path = getenv("HARDWARE_STANDIN");
	gchar *text = gst_value_serialize(value);
	FILE *file = path ? fopen(path, "a") : NULL;

	(void)id;
	if (file) {
		fprintf(file, "%s %s %s\n", element->name, spec->name, text);
		fclose(file);
	}
	if (!strcmp(spec->name, "bitrate"))
		g_object_set(self->encoder, "bitrate", g_value_get_uint(value), NULL);
	if (!strcmp(spec->name, "key-int-max") || !strcmp(spec->name, "gop-size"))
		g_object_set(self->encoder, "key-int-max", (int)g_value_get_uint(value), NULL);
	g_free(text);
}

static void standin_init(GTypeInstance *instance, gpointer class)
{
	Standin *self = (Standin *)instance;
	const char *names[] = { "sink", "src" };
	GstPadTemplate *template;
	GstPad *pad;

	/* videoconvert precedes the encoder, because x265enc only accepts I420. */
	self->encoder = gst_element_factory_make(((StandinClass *)class)->element->encoder, NULL);
	if (!self->encoder)
		return;
	gst_util_set_object_arg(G_OBJECT(self->encoder), "tune", "zerolatency");
	gst_util_set_object_arg(G_OBJECT(self->encoder), "speed-preset", "ultrafast");
	GstElement *convert = gst_element_factory_make("videoconvert", NULL);
	GstElement *caps = gst_element_factory_make("capssetter", NULL);
	GstElement *ends[] = { convert, caps };
	gst_util_set_object_arg(G_OBJECT(caps), "caps",
				strstr(((StandinClass *)class)->element->src, "level") ? "video/x-h264,level=(string)4" :
				strstr(((StandinClass *)class)->element->src, "h265") ? "video/x-h265" : "video/x-h264");
	gst_bin_add_many(GST_BIN(self), convert, self->encoder, caps, NULL);
	gst_element_link_many(convert, self->encoder, caps, NULL);
	for (int i = 0; i < 2; i++) {
		template = gst_element_class_get_pad_template(GST_ELEMENT_CLASS(class), names[i]);
		pad = gst_element_get_static_pad(ends[i], names[i]);
		gst_element_add_pad(GST_ELEMENT(self), gst_ghost_pad_new_from_template(names[i], pad, template));
		gst_object_unref(pad);
	}
}

static GParamSpec *spec_of(const struct property *property)
{
	GParamFlags flags = G_PARAM_WRITABLE;

	switch (property->kind) {
	case UINT:
		return g_param_spec_uint(property->name, "", "", property->min, property->max, property->min, flags);
	case BOOL:
		return g_param_spec_boolean(property->name, "", "", FALSE, flags);
	case RATE:
		return g_param_spec_enum(property->name, "", "", rate_control(), 2, flags);
	default:
		return g_param_spec_boxed(property->name, "", "", GST_TYPE_STRUCTURE, flags);
	}
}

static void standin_class_init(gpointer class, gpointer data)
{
	const struct element *element = data;
	GObjectClass *object_class = class;
	GstElementClass *element_class = class;
	guint id = 1;

	((StandinClass *)class)->element = element;
	object_class->set_property = set_property;
	for (const struct property *property = element->properties; property->name; property++)
		g_object_class_install_property(object_class, id++, spec_of(property));
	gst_element_class_set_static_metadata(element_class, "Stand-in", "Codec/Encoder/Video/Hardware",
					      "Encodes in software", "cvmmap-streamer");
	gst_element_class_add_pad_template(element_class, gst_pad_template_new("sink", GST_PAD_SINK, GST_PAD_ALWAYS,
						gst_caps_from_string(element->sink)));
	gst_element_class_add_pad_template(element_class, gst_pad_template_new("src", GST_PAD_SRC, GST_PAD_ALWAYS,
						gst_caps_from_string(element->src)));
}

static gboolean is_available(const char *name)
{
	const char *has = getenv("HARDWARE_STANDIN_HAS");
	gchar **names = g_strsplit(has ? has : "", " ", -1);
	gboolean available = g_strv_contains((const gchar *const *)names, name);

	g_strfreev(names);
	return available;
}

static gboolean plugin_init(GstPlugin *plugin)
{
	for (gsize i = 0; i < G_N_ELEMENTS(ELEMENTS); i++) {
		const struct element *element = &ELEMENTS[i];
		GTypeInfo info = {
			.class_size = sizeof(StandinClass), .class_init = standin_class_init, .class_data = element,
			.instance_size = sizeof(Standin), .instance_init = standin_init,
		};
		gchar *type = g_strdup_printf("Standin-%s", element->name);

		if (is_available(element->name) &&
		    !gst_element_register(plugin, element->name, GST_RANK_NONE,
					  g_type_register_static(GST_TYPE_BIN, type, &info, 0)))
			return FALSE;
		g_free(type);
	}
	return TRUE;
}

GST_PLUGIN_DEFINE(GST_VERSION_MAJOR, GST_VERSION_MINOR, hardwarestandin, "Stand-ins for hardware encoders", plugin_init,
	"1.0", "MIT/X11", PACKAGE, "cvmmap-streamer")
