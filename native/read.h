#ifndef CVM_READ_H
#define CVM_READ_H

#include "convert.h"

/*
 * Reading one frame of a cv-mmap segment coherently. There is no lock and no sequence word, so a
 * reader looks at the metadata and at a fingerprint of the payload before and after its copy: the
 * producer writes the payload from the first byte on, then the metadata, then announces the frame.
 */

enum {
	CVM_METADATA_SIZE = 256,
};

enum cvm_read_result {
	CVM_READ_WHOLE = 0,
	CVM_READ_METADATA_CHANGED = 1,
	CVM_READ_PAYLOAD_CHANGED = 2,
	CVM_READ_FAULT = 3, /* the segment shrank under the mapping */
};

/* Copies the metadata region out of a mapping. */
int cvm_read_metadata(const uint8_t *segment, uint64_t segment_size, uint8_t out[CVM_METADATA_SIZE]);

/* A hash over cache lines spread over the payload, its first ones among them. 0: it could not be read. */
uint64_t cvm_read_fingerprint(const uint8_t *segment, uint64_t segment_size, uint64_t payload_size);

struct cvm_read_job {
	const uint8_t *segment;
	uint64_t segment_size;
	uint64_t pixels_offset;       /* of the picture, from the segment's start */
	uint64_t payload_size;        /* of the whole payload behind the metadata */
	const uint8_t *metadata;      /* as it was read before */
	uint64_t fingerprint;         /* of the payload, as it was when the frame was announced */
	struct cvm_source source;     /* its `pixels` are set from the above */
	struct cvm_planes planes;
	uint64_t ended_ns;            /* CLOCK_MONOTONIC after the copy; set by the call */
	uint64_t settle_ns;           /* to wait after the copy, before looking again */
};

/*
 * Converts the picture and looks again. Returns enum cvm_read_result; only a whole picture may be used.
 *
 * A writer that began before the fingerprint was taken and has been held up since, as happens where
 * reader and writer share few processors, shows only when it runs again: settle_ns gives it that time.
 */
int cvm_read_picture(struct cvm_read_job *job);

#endif
