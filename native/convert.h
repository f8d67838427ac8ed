#ifndef CVM_CONVERT_H
#define CVM_CONVERT_H

#include <stdint.h>

/* `pixel_format` codes of the cv-mmap contract. */
enum cvm_pixel_format {
	CVM_RGB = 0,
	CVM_BGR = 1,
	CVM_RGBA = 2,
	CVM_BGRA = 3,
	CVM_GRAY = 4,
	CVM_YUV = 5, /* packed 4:4:4 */
	CVM_YUYV = 6, /* packed 4:2:2 */
};

enum cvm_matrix {
	CVM_BT601 = 0,
	CVM_BT709 = 1,
};

struct cvm_source {
	const uint8_t *pixels;
	uint32_t width, height; /* pixels */
	uint32_t stride;        /* bytes from one row to the next */
	uint32_t format;        /* enum cvm_pixel_format */
};

/*
 * Planar (I420) or semi-planar (NV12) 4:2:0 in limited range. An odd last column or row of the source is repeated
 * once, so the planes have even dimensions.
 */
struct cvm_planes {
	uint8_t *y, *u, *v;
	uint32_t y_stride, uv_stride; /* bytes */
	uint32_t chroma_step;         /* bytes from one U sample to the next: 1 (I420) or 2 (NV12) */
	uint32_t matrix;              /* enum cvm_matrix */
};

/* Converts a picture. It is not guarded against a shrinking segment; cvm_copy_picture() is. */
void convert(const struct cvm_source *source, const struct cvm_planes *planes);

#endif
