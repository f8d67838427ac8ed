#ifndef CVM_SPLIT_H
#define CVM_SPLIT_H

/*
 * Splits pixels of every format into components, one block of a row at a time. Only for `convert.c`, which is cloned
 * for each instruction set. The steps must be inlined, or the compiler loses what `restrict` guarantees.
 */

#include "convert.h"

#include <string.h>

#define STEP static inline __attribute__((always_inline))
#define BLOCK 1024 /* pixels of one row handled at once; even */

/* One block of a row as separate components: R, G, B or Y, U, V. */
struct block {
	_Alignas(64) uint8_t c[3][BLOCK];
};

/*
 * Sixteen pixels of three bytes are three vectors. A component's bytes have different positions in each of the three,
 * so the vectors can be merged into one that holds the component, and a final shuffle puts it in order.
 */
enum { PIXELS = 16 };
typedef uint8_t bytes __attribute__((vector_size(PIXELS)));

/* Selects bytes of two vectors: indexes 0 to 15 are in `a`, 16 to 31 in `b`. */
#if defined(__clang__)
#define PICK(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define PICK(a, b, ...) __builtin_shuffle(a, b, (bytes){ __VA_ARGS__ })
#endif

/* Bytes to prefetch ahead. Another process wrote the frame, most likely on another core. */
enum { PREFETCH_DISTANCE = 1024 };

STEP void split3(const uint8_t *restrict in, unsigned count, uint8_t *restrict a,
		 uint8_t *restrict b, uint8_t *restrict c)
{
	unsigned i = 0;

	for (; i + PIXELS <= count; i += PIXELS) {
		const uint8_t *pixels = in + 3 * i;
		bytes v0, v1, v2, out;

		__builtin_prefetch(pixels + PREFETCH_DISTANCE);
		memcpy(&v0, pixels, sizeof v0);
		memcpy(&v1, pixels + sizeof v0, sizeof v1);
		memcpy(&v2, pixels + 2 * sizeof v0, sizeof v2);
		out = PICK(v0, v1, 0, 1, 18, 3, 4, 21, 6, 7, 24, 9, 10, 27, 12, 13, 30, 15);
		out = PICK(out, v2, 0, 17, 2, 3, 20, 5, 6, 23, 8, 9, 26, 11, 12, 29, 14, 15);
		out = PICK(out, out, 0, 3, 6, 9, 12, 15, 2, 5, 8, 11, 14, 1, 4, 7, 10, 13);
		memcpy(a + i, &out, sizeof out);
		out = PICK(v0, v1, 16, 1, 2, 19, 4, 5, 22, 7, 8, 25, 10, 11, 28, 13, 14, 31);
		out = PICK(out, v2, 0, 1, 18, 3, 4, 21, 6, 7, 24, 9, 10, 27, 12, 13, 30, 15);
		out = PICK(out, out, 1, 4, 7, 10, 13, 0, 3, 6, 9, 12, 15, 2, 5, 8, 11, 14);
		memcpy(b + i, &out, sizeof out);
		out = PICK(v0, v1, 0, 17, 2, 3, 20, 5, 6, 23, 8, 9, 26, 11, 12, 29, 14, 15);
		out = PICK(out, v2, 16, 1, 2, 19, 4, 5, 22, 7, 8, 25, 10, 11, 28, 13, 14, 31);
		out = PICK(out, out, 2, 5, 8, 11, 14, 1, 4, 7, 10, 13, 0, 3, 6, 9, 12, 15);
		memcpy(c + i, &out, sizeof out);
	}
	for (; i < count; i++) {
		a[i] = in[3 * i];
		b[i] = in[3 * i + 1];
		c[i] = in[3 * i + 2];
	}
}

STEP void split4(const uint8_t *restrict in, unsigned count, uint8_t *restrict a,
		 uint8_t *restrict b, uint8_t *restrict c)
{
	for (unsigned i = 0; i < count; i++) {
		a[i] = in[4 * i];
		b[i] = in[4 * i + 1];
		c[i] = in[4 * i + 2];
	}
}

/*
 * Y0 U Y1 V: two pixels share the chroma samples. An odd last pixel has a Y and a U but no V, so the preceding V is
 * used. That may lie in the block before, so it is read from the row.
 */
STEP void split_yuyv(const uint8_t *row, unsigned x, unsigned count, struct block *out)
{
	const uint8_t *in = row + 2 * x;
	unsigned pairs = count / 2;

	for (unsigned i = 0; i < pairs; i++) {
		out->c[0][2 * i] = in[4 * i];
		out->c[0][2 * i + 1] = in[4 * i + 2];
		out->c[1][2 * i] = out->c[1][2 * i + 1] = in[4 * i + 1];
		out->c[2][2 * i] = out->c[2][2 * i + 1] = in[4 * i + 3];
	}
	if (count & 1) {
		out->c[0][count - 1] = in[2 * count - 2];
		out->c[1][count - 1] = in[2 * count - 1];
		out->c[2][count - 1] = x + count > 1 ? row[2 * (x + count) - 3] : 128;
	}
}

STEP void split(uint32_t format, const uint8_t *row, unsigned x, unsigned count, struct block *out)
{
	switch (format) {
	case CVM_RGB:
	case CVM_YUV:
		split3(row + 3 * x, count, out->c[0], out->c[1], out->c[2]);
		break;
	case CVM_BGR:
		split3(row + 3 * x, count, out->c[2], out->c[1], out->c[0]);
		break;
	case CVM_RGBA:
		split4(row + 4 * x, count, out->c[0], out->c[1], out->c[2]);
		break;
	case CVM_BGRA:
		split4(row + 4 * x, count, out->c[2], out->c[1], out->c[0]);
		break;
	case CVM_GRAY:
		for (unsigned k = 0; k < 3; k++)
			memcpy(out->c[k], row + x, count);
		break;
	case CVM_YUYV:
		split_yuyv(row, x, count, out);
		break;
	}
	if (count & 1)
		for (unsigned k = 0; k < 3; k++)
			out->c[k][count] = out->c[k][count - 1];
}

#endif
