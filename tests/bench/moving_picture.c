#include "moving_picture.h"

#include <stdlib.h>

enum {
	PICTURES = 12,
	PAN = 3,         /* pixels that the background moves per picture */
	DISCS = 5,
	NOISE = 1 << 16, /* table size; a prime step through it produces no visible pattern */
};

struct random {
	uint64_t state;
};

static uint32_t next(struct random *random)
{
	random->state = random->state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(random->state >> 33);
}

static uint8_t clamp(int value)
{
	return value < 0 ? 0 : value > 255 ? 255 : (uint8_t)value;
}

static uint32_t hash(uint32_t x, uint32_t y, uint32_t seed)
{
	uint32_t h = x * 0x9e3779b1u ^ y * 0x85ebca6bu ^ seed * 0xc2b2ae35u;

	h = (h ^ h >> 15) * 0x2c1b3c6du;
	return h ^ h >> 13;
}

/* Value noise: random values on a grid, interpolated in between, -128 to 127. */
static int grain(unsigned x, unsigned y, unsigned shift, uint32_t seed)
{
	unsigned size = 1u << shift, gx = x >> shift, gy = y >> shift;
	int fx = (int)(x & (size - 1)), fy = (int)(y & (size - 1)), s = (int)size;
	int a = (int)(hash(gx, gy, seed) & 255), b = (int)(hash(gx + 1, gy, seed) & 255);
	int c = (int)(hash(gx, gy + 1, seed) & 255), d = (int)(hash(gx + 1, gy + 1, seed) & 255);

	return ((a * (s - fx) + b * fx) * (s - fy) + (c * (s - fx) + d * fx) * fy) / (s * s) - 128;
}

/* Paints soft light, coarse and fine texture, and the hard edges of man-made objects. */
static void paint_background(uint8_t *out, unsigned width, unsigned height)
{
	for (unsigned y = 0; y < height; y++) {
		for (unsigned x = 0; x < width; x++, out += 3) {
			int light = grain(x, y, 8, 1) + grain(x, y, 5, 2) / 3 + grain(x, y, 2, 3) / 6;
			int edge = hash(x / 96, y / 64, 4) % 3 ? 0 : 40;

			for (unsigned k = 0; k < 3; k++)
				out[k] = clamp(120 + light + edge + grain(x, y, 7, 5 + k) / 4);
		}
	}
}

static void paint_disc(uint8_t *picture, int width, int height, int cx, int cy, int radius,
		       uint32_t colour)
{
	for (int y = cy - radius; y <= cy + radius; y++) {
		for (int x = cx - radius; x <= cx + radius; x++) {
			int dx = x - cx, dy = y - cy;

			if (x < 0 || y < 0 || x >= width || y >= height || dx * dx + dy * dy > radius * radius)
				continue;
			for (unsigned k = 0; k < 3; k++)
				picture[((size_t)y * width + x) * 3 + k] = (uint8_t)(colour >> 8 * k);
		}
	}
}

static void render(uint8_t *picture, const uint8_t *background, unsigned index, unsigned width,
		   unsigned height, const int8_t *noise, struct random *random)
{
	size_t stride = (size_t)(width + PICTURES * PAN) * 3, row_bytes = (size_t)width * 3;

	for (unsigned y = 0; y < height; y++)
		for (size_t i = 0; i < row_bytes; i++)
			picture[y * row_bytes + i] = background[y * stride + index * PAN * 3 + i];
	for (unsigned disc = 0; disc < DISCS; disc++) {
		int cx = (int)(hash(disc, 0, 9) % width) + (int)index * ((int)disc - 2) * 4;
		int cy = (int)(hash(disc, 1, 9) % height) + (int)index * (3 - (int)disc) * 3;

		paint_disc(picture, (int)width, (int)height, cx, cy, (int)height / 12, hash(disc, 2, 9));
	}
	for (unsigned y = 0; y < height; y++) {
		uint32_t at = next(random);

		for (size_t i = 0; i < row_bytes; i++)
			picture[y * row_bytes + i] =
				clamp(picture[y * row_bytes + i] + noise[(at + i * 7919) % NOISE]);
	}
}

int moving_picture_render(struct moving_picture *self, unsigned width, unsigned height)
{
	struct random random = { 1 };
	uint8_t *background = malloc((size_t)(width + PICTURES * PAN) * height * 3);
	int8_t *noise = malloc(NOISE);

	self->count = PICTURES;
	self->size = width * height * 3;
	self->pictures = malloc((size_t)self->size * PICTURES);
	if (background && noise && self->pictures) {
		paint_background(background, width + PICTURES * PAN, height);
		/* The sum of four uniform distributions is nearly normal; its standard deviation is 2.6 here. */
		for (unsigned i = 0; i < NOISE; i++) {
			int sum = 0;

			for (unsigned k = 0; k < 4; k++)
				sum += (int)(next(&random) % 10);
			noise[i] = (int8_t)((sum - 18) / 2);
		}
		for (unsigned i = 0; i < PICTURES; i++)
			render(self->pictures + (size_t)i * self->size, background, i, width, height,
			       noise, &random);
	}
	free(background);
	free(noise);
	return background && noise && self->pictures ? 0 : -1;
}

const uint8_t *moving_picture_at(const struct moving_picture *self, uint64_t frame)
{
	unsigned period = 2 * (self->count - 1), at = (unsigned)(frame % period);

	if (at >= self->count)
		at = period - at;
	return self->pictures + (size_t)at * self->size;
}

void moving_picture_free(struct moving_picture *self)
{
	free(self->pictures);
}
