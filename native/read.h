#ifndef CVM_READ_H
#define CVM_READ_H

#include "head_start.h"

/*
 * Reading one frame of a cv-mmap segment coherently. There is no lock and no sequence word, so a
 * reader looks at the metadata and at a fingerprint of the payload before and after its copy: the
 * producer writes the payload from the first byte on, then the metadata, then announces the frame.
 */

enum cvm_read_result {
	CVM_READ_WHOLE = 0,
	CVM_READ_METADATA_CHANGED = 1,
	CVM_READ_PAYLOAD_CHANGED = 2,
	CVM_READ_FAULT = 3, /* the segment shrank under the mapping */
};

struct cvm_read_job {
	struct cvm_transfer transfer;
	uint64_t payload_size;        /* of everything behind the metadata */
	const uint8_t *metadata;      /* as it was read before */
	uint64_t fingerprint;         /* of the payload, as it was when the frame was announced */
	uint64_t announcement;        /* number of the one that told of the frame */
	uint64_t settle_ns;           /* to wait after the copy, before looking again */
	uint64_t ended_ns;            /* CLOCK_MONOTONIC after the copy; set by the call */
};

/*
 * Converts the picture and looks again. Returns enum cvm_read_result; only a whole picture may be used. What
 * `head_start` (may be NULL) has begun of it is ended, not begun anew.
 *
 * A writer that began before the fingerprint was taken and has been held up since, as happens where
 * reader and writer share few processors, shows only when it runs again: settle_ns gives it that time.
 */
int cvm_read_picture(struct cvm_read_job *job, struct cvm_head_start *head_start);

#endif
