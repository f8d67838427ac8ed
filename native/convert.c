/*
 * Packed pixels to 4:2:0 in one pass over the source, for any matrix.
 *
 * Two rows at a time are split into planar blocks that stay in the first-level cache; every loop is
 * plain enough for the compiler to vectorize. Coefficients are of 8 fractional bits, so luma fits
 * 16 bits unsigned and chroma 16 bits signed, and white, black and all greys come out exact.
 */
#include "convert.h"

#include <string.h>

#define BLOCK 1024 /* pixels of one row handled at once; even */

/* One clone of the whole conversion for each instruction set, chosen when the library is loaded. The
 * steps are inlined into it: compiled as clones of their own they lose what `restrict` tells. */
#if defined(__x86_64__)
#define EACH_INSTRUCTION_SET __attribute__((target_clones("avx2", "default")))
#else
#define EACH_INSTRUCTION_SET
#endif
#define STEP static inline __attribute__((always_inline))

struct coefficients {
	uint16_t yr, yg, yb;
	int16_t ur, ug, ub, vr, vg, vb;
};

/* 256 * the matrices of ITU-R BT.601 and BT.709 for limited range; each chroma row sums to 0. */
static const struct coefficients MATRICES[] = {
	[CVM_BT601] = { 66, 129, 25, -38, -74, 112, 112, -94, -18 },
	[CVM_BT709] = { 47, 157, 16, -26, -86, 112, 112, -102, -10 },
};

/* One block of a row, component by component: R, G, B or Y, U, V. */
struct block {
	_Alignas(64) uint8_t c[3][BLOCK];
};

typedef uint16_t __attribute__((may_alias)) pair;

STEP void split3(const uint8_t *restrict in, unsigned count, uint8_t *restrict a,
			      uint8_t *restrict b, uint8_t *restrict c)
{
	for (unsigned i = 0; i < count; i++) {
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

/* Y0 U Y1 V: each chroma sample stands for two pixels. An odd last pixel has a Y and a U of its own; the V
 * before it stands in, which may lie in the block before, so it is read from the row. */
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

STEP void luma(const uint8_t *restrict r, const uint8_t *restrict g,
			    const uint8_t *restrict b, unsigned count,
			    const struct coefficients *m, uint8_t *restrict y)
{
	uint16_t yr = m->yr, yg = m->yg, yb = m->yb;

	for (unsigned i = 0; i < count; i++) {
		uint16_t sum = (uint16_t)(yr * r[i] + yg * g[i] + yb * b[i] + 128);

		y[i] = (uint8_t)((sum >> 8) + 16);
	}
}

/* The mean of each 2x2 square of two rows of one component. Two neighbours are read as one 16-bit
 * number, which saves the compiler from shuffling bytes; their order does not matter to the sum. */
STEP void halve(const uint8_t *top, const uint8_t *bottom, unsigned pairs, uint8_t *restrict out)
{
	const pair *t = (const pair *)top, *b = (const pair *)bottom;

	for (unsigned i = 0; i < pairs; i++) {
		uint16_t sum = (uint16_t)((t[i] & 255) + (t[i] >> 8) + (b[i] & 255) + (b[i] >> 8));

		out[i] = (uint8_t)((sum + 2) >> 2);
	}
}

STEP void chroma(const uint8_t *restrict r, const uint8_t *restrict g,
			      const uint8_t *restrict b, unsigned pairs, int16_t cr, int16_t cg,
			      int16_t cb, uint8_t *restrict out)
{
	for (unsigned i = 0; i < pairs; i++) {
		int16_t sum = (int16_t)(cr * r[i] + cg * g[i] + cb * b[i] + 128);

		out[i] = (uint8_t)((sum >> 8) + 128);
	}
}

STEP void store_chroma(const uint8_t *from, unsigned pairs, unsigned step, uint8_t *to)
{
	if (step == 1)
		memcpy(to, from, pairs);
	else
		for (unsigned i = 0; i < pairs; i++)
			to[i * step] = from[i];
}

EACH_INSTRUCTION_SET void convert(const struct cvm_source *source, const struct cvm_planes *planes)
{
	const struct coefficients *m = &MATRICES[planes->matrix == CVM_BT709 ? CVM_BT709 : CVM_BT601];
	int is_yuv = source->format == CVM_YUV || source->format == CVM_YUYV;
	struct block rows[2];
	uint8_t mean[3][BLOCK / 2], u[BLOCK / 2], v[BLOCK / 2];

	for (uint32_t line = 0; line < source->height; line += 2) {
		uint32_t next = line + 1 < source->height ? line + 1 : line;
		const uint8_t *in[2] = {
			source->pixels + (size_t)line * source->stride,
			source->pixels + (size_t)next * source->stride,
		};
		uint8_t *y[2] = {
			planes->y + (size_t)line * planes->y_stride,
			planes->y + (size_t)(line + 1) * planes->y_stride,
		};
		size_t chroma_row = (size_t)(line / 2) * planes->uv_stride;

		for (uint32_t x = 0; x < source->width; x += BLOCK) {
			unsigned count = source->width - x < BLOCK ? source->width - x : BLOCK;
			unsigned even = (count + 1) & ~1u, pairs = even / 2;
			size_t at = chroma_row + (size_t)(x / 2) * planes->chroma_step;

			for (unsigned k = 0; k < 2; k++) {
				struct block *row = &rows[k];

				split(source->format, in[k], x, count, row);
				if (is_yuv)
					memcpy(y[k] + x, row->c[0], even);
				else
					luma(row->c[0], row->c[1], row->c[2], even, m, y[k] + x);
			}
			for (unsigned k = is_yuv ? 1 : 0; k < 3; k++)
				halve(rows[0].c[k], rows[1].c[k], pairs, mean[k]);
			if (!is_yuv) {
				chroma(mean[0], mean[1], mean[2], pairs, m->ur, m->ug, m->ub, u);
				chroma(mean[0], mean[1], mean[2], pairs, m->vr, m->vg, m->vb, v);
			}
			store_chroma(is_yuv ? mean[1] : u, pairs, planes->chroma_step, planes->u + at);
			store_chroma(is_yuv ? mean[2] : v, pairs, planes->chroma_step, planes->v + at);
		}
	}
}
