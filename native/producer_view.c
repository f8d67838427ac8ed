#define _GNU_SOURCE
#include "producer_view.h"

#include "fingerprint.h"
#include "segment.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

void producer_view_init(struct producer_view *self, const char *name)
{
	memset(self, 0, sizeof *self);
	self->name = name;
	self->fd = -1;
}

void producer_view_close(struct producer_view *self)
{
	if (self->bytes)
		munmap((void *)self->bytes, self->size);
	if (self->fd >= 0)
		close(self->fd);
	self->bytes = NULL;
	self->fd = -1;
	self->size = 0;
}

/* Returns whether the name now refers to another segment. A removed name does not count. */
static int is_replaced(const struct producer_view *self)
{
	struct stat named;
	char path[4096];

	/* stat() is cheaper than shm_open(), which would cost an open and a close for every frame. */
	snprintf(path, sizeof path, "/dev/shm/%s", self->name);
	return stat(path, &named) == 0 && named.st_ino != self->inode;
}

/* Must run before anything is read through the mapping, because reading fills holes. */
static enum view_state note_change(struct producer_view *self, const struct stat *state)
{
	off_t hole = lseek(self->fd, 0, SEEK_HOLE);

	self->changed = state->st_ctim;
	/* A file system without support for holes reports one at the end. */
	self->written = hole < 0 ? self->size : (uint64_t)hole;
	return VIEW_CHANGED;
}

static enum view_state map(struct producer_view *self, const struct stat *state, int *error)
{
	void *bytes;

	self->inode = state->st_ino;
	*error = 0;
	if ((uint64_t)state->st_size < CVM_METADATA_SIZE) {
		producer_view_close(self);
		return VIEW_ABSENT;
	}
	bytes = cvm_segment_map(self->fd, (uint64_t)state->st_size, 0);
	if (!bytes) {
		producer_view_close(self);
		*error = ENOMEM;
		return VIEW_ABSENT;
	}
	self->bytes = bytes;
	self->size = (uint64_t)state->st_size;
	self->mappings++;
	return note_change(self, state);
}

enum view_state producer_view_refresh(struct producer_view *self, int *error)
{
	struct stat state;

	if (self->fd >= 0 && is_replaced(self))
		producer_view_close(self);
	if (self->fd < 0) {
		self->fd = cvm_segment_open(self->name);
		if (self->fd < 0) {
			*error = -self->fd;
			self->fd = -1;
			return VIEW_ABSENT;
		}
	}
	if (fstat(self->fd, &state)) {
		producer_view_close(self);
		*error = EIO;
		return VIEW_ABSENT;
	}
	if (!self->bytes)
		return map(self, &state, error);
	if ((uint64_t)state.st_size != self->size) {
		munmap((void *)self->bytes, self->size);
		self->bytes = NULL;
		return map(self, &state, error);
	}
	if (!memcmp(&state.st_ctim, &self->changed, sizeof state.st_ctim))
		return VIEW_UNCHANGED;
	return note_change(self, &state);
}
