#ifndef CVM_GST_H
#define CVM_GST_H

#include <stdint.h>

/* Where a picture goes when it is whole: a buffer of GStreamer's and the source of a pipeline. */
struct cvm_taker {
	void *source;    /* GstAppSrc; NULL: there is nobody, it stays where it is */
	void *buffer;    /* GstBuffer, which the source will own */
	void *map_info;  /* GstMapInfo of its mapping, which ends */
	uint64_t *pts_ns; /* the buffer's presentation time */
};

/* Whether GStreamer's libraries are there, which are loaded by this if need be. */
int gst_is_there(void);

/* Gives the buffer to the source. Never blocks. */
void gst_hand_over(const struct cvm_taker *to, uint64_t pts_us);

#endif
