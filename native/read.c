#include "read.h"

#include "clock.h"

#include <string.h>

int cvm_read_picture(struct cvm_read_job *job, struct cvm_head_start *head_start)
{
	const struct cvm_transfer *transfer = &job->transfer;
	const uint8_t *before = job->metadata;
	struct bands alone, *bands = &alone;
	uint8_t metadata[CVM_METADATA_SIZE];
	uint64_t after;

	if (head_start && head_start_join(head_start, job->announcement, transfer)) {
		before = head_start->metadata;
		bands = &head_start->bands;
	} else {
		if (bands_init(&alone, transfer))
			return CVM_READ_FAULT;
		bands_convert(&alone);
	}
	if (atomic_load(&bands->faulted))
		return CVM_READ_FAULT;
	atomic_thread_fence(memory_order_seq_cst);
	job->ended_ns = cvm_clock_monotonic_ns();
	if (job->settle_ns)
		cvm_clock_sleep(job->settle_ns);
	after = cvm_read_fingerprint(transfer->segment, transfer->segment_size, job->payload_size);
	if (!after || cvm_read_metadata(transfer->segment, transfer->segment_size, metadata))
		return CVM_READ_FAULT;
	if (memcmp(metadata, before, sizeof metadata) || memcmp(metadata, job->metadata, sizeof metadata))
		return CVM_READ_METADATA_CHANGED;
	return after == job->fingerprint ? CVM_READ_WHOLE : CVM_READ_PAYLOAD_CHANGED;
}
