#include "picture_layout.h"

#include <string.h>

/* Offsets in the metadata, in bytes. */
enum {
	MAGIC_SIZE = 8,
	MAJOR = 8,
	FRAME_COUNT = 12,
	STAMP = 16,
	V1_LAYOUT = 24,
	V1_LAYOUT_SIZE = 12,
	V1_BUFFER_SIZE = 32,
	V2_LEFT = 64,
	V2_LEFT_SIZE = 24,
	V2_LEFT_BYTES = V2_LEFT + 20,
};

static uint32_t u32(const uint8_t *bytes)
{
	uint32_t value;

	memcpy(&value, bytes, sizeof value);
	return value;
}

static int is_v2(const uint8_t *metadata)
{
	return metadata[MAJOR] == 2;
}

void cvm_picture_layout(const uint8_t metadata[CVM_METADATA_SIZE], uint8_t layout[CVM_LAYOUT_SIZE])
{
	memset(layout, 0, CVM_LAYOUT_SIZE);
	memcpy(layout, metadata, MAGIC_SIZE - 1);
	layout[MAGIC_SIZE - 1] = metadata[MAJOR];
	if (is_v2(metadata))
		memcpy(layout + MAGIC_SIZE, metadata + V2_LEFT, V2_LEFT_SIZE);
	else
		memcpy(layout + MAGIC_SIZE, metadata + V1_LAYOUT, V1_LAYOUT_SIZE);
}

uint32_t picture_frame_count(const uint8_t metadata[CVM_METADATA_SIZE])
{
	return u32(metadata + FRAME_COUNT);
}

uint64_t picture_stamp_ns(const uint8_t metadata[CVM_METADATA_SIZE])
{
	uint64_t stamp;

	memcpy(&stamp, metadata + STAMP, sizeof stamp);
	return stamp;
}

uint64_t picture_plane_size(const uint8_t metadata[CVM_METADATA_SIZE], uint64_t segment_size)
{
	uint64_t declared = u32(metadata + (is_v2(metadata) ? V2_LEFT_BYTES : V1_BUFFER_SIZE));
	uint64_t room = segment_size - CVM_METADATA_SIZE;

	return declared < room ? declared : room;
}

int picture_is_unfinished(const uint8_t metadata[CVM_METADATA_SIZE])
{
	static const uint8_t zeros[CVM_METADATA_SIZE - MAGIC_SIZE];

	return !memcmp(metadata + MAGIC_SIZE, zeros, sizeof zeros);
}
