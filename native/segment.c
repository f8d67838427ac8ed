#define _GNU_SOURCE
#include "segment.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int cvm_segment_open(const char *name)
{
	int fd = shm_open(name, O_RDONLY | O_CLOEXEC, 0);

	return fd < 0 ? -errno : fd;
}

int cvm_segment_create(const char *name, uint64_t size)
{
	int fd;

	/* A new inode, like a restarted producer: readers of the old one keep their mapping intact. */
	if (shm_unlink(name) && errno != ENOENT)
		return -errno;
	fd = shm_open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	if (ftruncate(fd, (off_t)size)) {
		int error = errno;

		close(fd);
		shm_unlink(name);
		return -error;
	}
	return fd;
}

int cvm_segment_resize(int fd, uint64_t size)
{
	return ftruncate(fd, (off_t)size) ? -errno : 0;
}

int cvm_segment_unlink(const char *name)
{
	return shm_unlink(name) ? -errno : 0;
}

int cvm_segment_close(int fd)
{
	return close(fd) ? -errno : 0;
}

int cvm_segment_stat(int fd, const char *name, struct cvm_segment_state *state)
{
	struct stat open_segment, named;
	char path[4096];

	if (fstat(fd, &open_segment))
		return -errno;
	state->size = (uint64_t)open_segment.st_size;
	state->inode = open_segment.st_ino;
	/* stat() is cheaper than shm_open(), which would cost an open and a close for every frame. */
	snprintf(path, sizeof path, "/dev/shm/%s", name);
	state->named_inode = stat(path, &named) ? 0 : named.st_ino;
	return 0;
}

void *cvm_segment_map(int fd, uint64_t size, int writable)
{
	int protection = writable ? PROT_READ | PROT_WRITE : PROT_READ;
	void *base = mmap(NULL, size, protection, MAP_SHARED, fd, 0);

	return base == MAP_FAILED ? NULL : base;
}

int cvm_segment_unmap(void *base, uint64_t size)
{
	return munmap(base, size) ? -errno : 0;
}
