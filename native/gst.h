#ifndef CVM_GST_H
#define CVM_GST_H

#include <stdint.h>

/* Where a whole picture goes: a GStreamer buffer and the source of a pipeline. */
struct cvm_taker {
	void *source;     /* GstAppSrc; NULL: the picture is not handed over */
	void *buffer;     /* GstBuffer, whose ownership passes to the source */
	void *map_info;   /* GstMapInfo of the buffer's mapping, which is unmapped first */
	uint64_t *pts_ns; /* the buffer's presentation time */
};

/* Returns whether GStreamer's libraries are available; the first call loads them. */
int gst_is_available(void);

/* Pushes the buffer into the source. Never blocks. */
void gst_hand_over(const struct cvm_taker *to, uint64_t pts_us);

#endif
