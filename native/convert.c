/*
 * Converts packed pixels to 4:2:0 in one pass over the source, for either matrix.
 *
 * Two rows at a time are split into planar blocks that stay in the L1 cache. Every loop is simple enough for the
 * compiler to vectorize. Coefficients have 8 fractional bits, so luma fits 16 bits unsigned and chroma 16 bits signed,
 * and white, black and all grays are exact.
 */
#include "split.h"

/* Clones the whole conversion for each instruction set; the loader selects one. */
#if defined(__x86_64__) && !defined(CVM_ONE_INSTRUCTION_SET)
#define EACH_INSTRUCTION_SET __attribute__((target_clones("avx2", "ssse3", "default")))
#else
#define EACH_INSTRUCTION_SET
#endif

struct coefficients {
	uint16_t yr, yg, yb;
	int16_t ur, ug, ub, vr, vg, vb;
};

/* The matrices of ITU-R BT.601 and BT.709 for limited range, times 256. Each chroma row sums to 0. */
static const struct coefficients MATRICES[] = {
	[CVM_BT601] = { 66, 129, 25, -38, -74, 112, 112, -94, -18 },
	[CVM_BT709] = { 47, 157, 16, -26, -86, 112, 112, -102, -10 },
};

/*
 * Two neighbouring samples of a component, read as one number. Sums and products need 16 bits, so a mask or a shift
 * extracts each half and the compiler need not unpack bytes. The order of the two does not matter. Rows may have any
 * alignment.
 */
typedef uint16_t __attribute__((may_alias, aligned(1))) pair;

STEP void luma(const struct block *row, unsigned pairs, const struct coefficients *m, uint8_t *to)
{
	const pair *r = (const pair *)row->c[0], *g = (const pair *)row->c[1],
		   *b = (const pair *)row->c[2];
	pair *restrict y = (pair *)to;
	uint16_t yr = m->yr, yg = m->yg, yb = m->yb;

	for (unsigned i = 0; i < pairs; i++) {
		uint16_t low = (uint16_t)(yr * (r[i] & 255) + yg * (g[i] & 255) + yb * (b[i] & 255));
		uint16_t high = (uint16_t)(yr * (r[i] >> 8) + yg * (g[i] >> 8) + yb * (b[i] >> 8));

		low = (uint16_t)(low + 128) >> 8;
		high = (uint16_t)(high + 128) & 0xff00;
		y[i] = (uint16_t)((high | low) + 0x1010);
	}
}

/* Returns the rounded mean of a 2x2 square of one component. */
STEP uint16_t mean(pair top, pair bottom)
{
	uint16_t sum = (uint16_t)((top & 255) + (top >> 8) + (bottom & 255) + (bottom >> 8));

	return (uint16_t)(sum + 2) >> 2;
}

/* Computes the chroma of two rows of R, G, B. */
STEP void chroma(const struct block rows[2], unsigned pairs, const struct coefficients *m,
		 uint8_t *restrict u, uint8_t *restrict v)
{
	const pair *r0 = (const pair *)rows[0].c[0], *r1 = (const pair *)rows[1].c[0],
		   *g0 = (const pair *)rows[0].c[1], *g1 = (const pair *)rows[1].c[1],
		   *b0 = (const pair *)rows[0].c[2], *b1 = (const pair *)rows[1].c[2];
	int16_t ur = m->ur, ug = m->ug, ub = m->ub, vr = m->vr, vg = m->vg, vb = m->vb;

	for (unsigned i = 0; i < pairs; i++) {
		int16_t mr = (int16_t)mean(r0[i], r1[i]);
		int16_t mg = (int16_t)mean(g0[i], g1[i]);
		int16_t mb = (int16_t)mean(b0[i], b1[i]);

		u[i] = (uint8_t)(((int16_t)(ur * mr + ug * mg + ub * mb + 128) >> 8) + 128);
		v[i] = (uint8_t)(((int16_t)(vr * mr + vg * mg + vb * mb + 128) >> 8) + 128);
	}
}

/* Subsamples the chroma of two rows of Y, U, V. */
STEP void halve(const struct block rows[2], unsigned pairs, uint8_t *restrict u, uint8_t *restrict v)
{
	const pair *u0 = (const pair *)rows[0].c[1], *u1 = (const pair *)rows[1].c[1],
		   *v0 = (const pair *)rows[0].c[2], *v1 = (const pair *)rows[1].c[2];

	for (unsigned i = 0; i < pairs; i++) {
		u[i] = (uint8_t)mean(u0[i], u1[i]);
		v[i] = (uint8_t)mean(v0[i], v1[i]);
	}
}

EACH_INSTRUCTION_SET static void convert_picture(const struct cvm_source *source, const struct cvm_planes *planes)
{
	const struct coefficients *m = &MATRICES[planes->matrix == CVM_BT709 ? CVM_BT709 : CVM_BT601];
	int is_yuv = source->format == CVM_YUV || source->format == CVM_YUYV;
	unsigned step = planes->chroma_step;
	struct block rows[2];
	uint8_t interleaved[2][BLOCK / 2];

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
			size_t at = chroma_row + (size_t)(x / 2) * step;
			uint8_t *u = step == 1 ? planes->u + at : interleaved[0];
			uint8_t *v = step == 1 ? planes->v + at : interleaved[1];

			for (unsigned k = 0; k < 2; k++) {
				struct block *row = &rows[k];

				split(source->format, in[k], x, count, row);
				if (is_yuv)
					memcpy(y[k] + x, row->c[0], even);
				else
					luma(row, pairs, m, y[k] + x);
			}
			if (is_yuv)
				halve(rows, pairs, u, v);
			else
				chroma(rows, pairs, m, u, v);
			for (unsigned i = 0; step != 1 && i < pairs; i++) {
				planes->u[at + i * step] = u[i];
				planes->v[at + i * step] = v[i];
			}
		}
	}
}

/* The cloned function is static, because GCC exports the clones of any other regardless of -fvisibility. */
void convert(const struct cvm_source *source, const struct cvm_planes *planes)
{
	convert_picture(source, planes);
}
