#include "read.h"

#include "guard.h"
#include "picture_layout.h"

#include <string.h>

struct copy_job {
	struct cvm_source source;
	const struct cvm_planes *planes;
};

uint64_t picture_end(const struct cvm_picture *picture)
{
	return picture->offset + (uint64_t)picture->stride * picture->height;
}

static void run(void *argument)
{
	struct copy_job *job = argument;

	convert(&job->source, job->planes);
}

int cvm_copy_picture(const struct cvm_picture *picture, const uint8_t *segment, uint64_t segment_size)
{
	struct copy_job job = {
		{ segment + picture->offset, picture->width, picture->height, picture->stride, picture->format },
		&picture->planes,
	};

	if (picture_end(picture) > segment_size)
		return -1;
	return guard_run(run, &job, segment, segment_size);
}

enum cvm_check cvm_check_frame(const uint8_t *segment, uint64_t segment_size,
			     const uint8_t metadata[CVM_METADATA_SIZE], uint64_t offset, uint64_t size,
			     uint64_t fingerprint)
{
	uint8_t now[CVM_METADATA_SIZE];
	uint64_t after;

	/* The plane comes last so that its state is not older than that of the metadata. */
	if (cvm_read_metadata(segment, segment_size, now))
		return CVM_CHECK_FAULT;
	after = cvm_read_fingerprint(segment, segment_size, offset, size);
	if (!after)
		return CVM_CHECK_FAULT;
	if (memcmp(now, metadata, sizeof now) && !picture_is_unfinished(now))
		return CVM_CHECK_METADATA_CHANGED;
	return after == fingerprint ? CVM_CHECK_UNCHANGED : CVM_CHECK_PLANE_CHANGED;
}
