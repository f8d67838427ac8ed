#ifndef CVM_SEGMENT_H
#define CVM_SEGMENT_H

#include "export.h"

#include <stdint.h>

/* POSIX shared memory. Functions that return int return -errno on failure. */

/* Opens an existing segment for reading. Returns a file descriptor. */
CVM_EXPORT int cvm_segment_open(const char *name);

/* Creates a segment of `size` bytes for writing, replacing an existing one. Returns a file descriptor. */
CVM_EXPORT int cvm_segment_create(const char *name, uint64_t size);

CVM_EXPORT int cvm_segment_resize(int fd, uint64_t size);
CVM_EXPORT int cvm_segment_unlink(const char *name);
CVM_EXPORT int cvm_segment_close(int fd);

/* What the descriptor `fd` and the name `name` refer to now. */
struct cvm_segment_state {
	uint64_t size;        /* of the open segment, in bytes */
	uint64_t inode;       /* of the open segment */
	uint64_t named_inode; /* of the segment that has the name now; 0: the name is unused */
};
CVM_EXPORT int cvm_segment_stat(int fd, const char *name, struct cvm_segment_state *state);

/* Maps `size` bytes for reading, or for reading and writing. Returns NULL on failure. */
CVM_EXPORT void *cvm_segment_map(int fd, uint64_t size, int writable);
CVM_EXPORT int cvm_segment_unmap(void *base, uint64_t size);

#endif
