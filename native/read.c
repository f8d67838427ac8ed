#include "read.h"

#include "bands.h"
#include "picture_layout.h"

#include <string.h>

uint64_t picture_end(const struct cvm_picture *picture)
{
	return picture->offset + (uint64_t)picture->stride * picture->height;
}

int cvm_copy_picture(const struct cvm_picture *picture, const uint8_t *segment, uint64_t segment_size,
		     struct cvm_wakeups *helper)
{
	struct bands bands;

	if (bands_init(&bands, picture, segment, segment_size))
		return -1;
	if (helper)
		wakeups_call_for_help(helper, &bands);
	bands_convert(&bands);
	if (helper)
		wakeups_end_help(helper, &bands);
	return atomic_load(&bands.faulted) ? -1 : 0;
}

enum cvm_look cvm_look_again(const uint8_t *segment, uint64_t segment_size,
			     const uint8_t metadata[CVM_METADATA_SIZE], uint64_t plane_size,
			     uint64_t fingerprint)
{
	uint8_t now[CVM_METADATA_SIZE];
	uint64_t after;

	/* The plane last: what it shows is then no older than what the metadata show. */
	if (cvm_read_metadata(segment, segment_size, now))
		return CVM_LOOK_FAULT;
	after = cvm_read_fingerprint(segment, segment_size, plane_size);
	if (!after)
		return CVM_LOOK_FAULT;
	if (memcmp(now, metadata, sizeof now) && !picture_is_unfinished(now))
		return CVM_LOOK_METADATA_CHANGED;
	return after == fingerprint ? CVM_LOOK_SAME : CVM_LOOK_PLANE_CHANGED;
}
