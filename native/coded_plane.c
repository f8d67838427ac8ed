#include "coded_plane.h"

#include "guard.h"

#include <string.h>

/* Offsets in the metadata, in bytes. */
enum {
	MAJOR = 8,
	MINOR = 9,
	PRESENCE_MASK = 0x21,
	CODEC = 0x2d,
	BITSTREAM_FORMAT = 0x2e,
	STREAM_PTS = 0x35,
	SLOT_3 = 64 + 3 * 24,
	SLOT_3_OFFSET = SLOT_3 + 16,
	SLOT_3_SIZE = SLOT_3 + 20,
};

enum {
	SLOT_3_PRESENT = 1 << 3,
	ANNEX_B = 1,
};

static uint32_t u32(const uint8_t *bytes)
{
	uint32_t value;

	memcpy(&value, bytes, sizeof value);
	return value;
}

int coded_plane_find(const uint8_t metadata[CVM_METADATA_SIZE], uint64_t segment_size, uint32_t codec,
		     struct coded_plane *out)
{
	struct coded_plane declared;

	if (metadata[MAJOR] != 2 || metadata[MINOR] < 1 || !(metadata[PRESENCE_MASK] & SLOT_3_PRESENT))
		return 0;
	if (metadata[CODEC] != codec || metadata[BITSTREAM_FORMAT] != ANNEX_B)
		return 0;
	declared.offset = CVM_METADATA_SIZE + (uint64_t)u32(metadata + SLOT_3_OFFSET);
	declared.size = u32(metadata + SLOT_3_SIZE);
	memcpy(&declared.pts_ns, metadata + STREAM_PTS, sizeof declared.pts_ns);
	if (!declared.size || declared.offset + declared.size > segment_size)
		return 0;
	*out = declared;
	return 1;
}

struct copy_job {
	const uint8_t *from;
	uint8_t *to;
	uint64_t size;
};

static void run(void *argument)
{
	struct copy_job *job = argument;

	memcpy(job->to, job->from, job->size);
}

int cvm_coded_plane_copy(const struct coded_plane *plane, const uint8_t *segment, uint64_t segment_size, uint8_t *to)
{
	struct copy_job job = { segment + plane->offset, to, plane->size };

	if (plane->offset + plane->size > segment_size)
		return -1;
	return guard_run(run, &job, segment, segment_size);
}
