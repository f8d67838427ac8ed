#ifndef CVM_SEGMENT_H
#define CVM_SEGMENT_H

#include <stdint.h>

/* POSIX shared memory. Every function returns -errno on failure. */

/* Opens an existing segment for reading. Returns a file descriptor. */
int cvm_segment_open(const char *name);

/* Makes a new segment of `size` bytes for writing, in place of one that is there. Returns a file descriptor. */
int cvm_segment_create(const char *name, uint64_t size);

int cvm_segment_resize(int fd, uint64_t size);
int cvm_segment_unlink(const char *name);
int cvm_segment_close(int fd);

/* What `fd` and what the name `name` stand for now. */
struct cvm_segment_state {
	uint64_t size;        /* of the open segment, in bytes */
	uint64_t inode;       /* of the open segment */
	uint64_t named_inode; /* of the segment that has the name now; 0: none has */
};
int cvm_segment_stat(int fd, const char *name, struct cvm_segment_state *state);

/* Maps `size` bytes, for reading alone or for writing too. NULL on failure. */
void *cvm_segment_map(int fd, uint64_t size, int writable);
int cvm_segment_unmap(void *base, uint64_t size);

#endif
