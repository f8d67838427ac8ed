#define _GNU_SOURCE
#include "text_file.h"

#include "clock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	MOST_LINKS = 40, /* as the kernel */
	NEW_MODE = 0644,
};

/* What a path leads to. */
struct place {
	char path[PATH_MAX], directory[PATH_MAX];
	enum { MISSING, REGULAR, STREAM, OPEN_FILE /* of a process, in /proc */ } kind;
	mode_t mode;
};

static int split(struct place *self)
{
	const char *slash = strrchr(self->path, '/');
	char parent[PATH_MAX] = ".";

	if (slash)
		snprintf(parent, sizeof parent, "%.*s", slash == self->path ? 1 : (int)(slash - self->path), self->path);
	return realpath(parent, self->directory) ? 0 : -errno;
}

static int follow(struct place *self)
{
	char target[PATH_MAX], from_directory[2 * PATH_MAX];
	ssize_t length = readlink(self->path, target, sizeof target - 1);

	if (length < 0)
		return -errno;
	target[length] = 0;
	snprintf(from_directory, sizeof from_directory, "%s/%s", self->directory, target);
	if (target[0] != '/' && strlen(from_directory) >= sizeof self->path)
		return -ENAMETOOLONG;
	strcpy(self->path, target[0] == '/' ? target : from_directory);
	return 0;
}

/* Finds where the path leads. 0, or -errno. */
static int find(struct place *self, const char *path)
{
	struct stat state;
	int error;

	if (strlen(path) >= sizeof self->path)
		return -ENAMETOOLONG;
	strcpy(self->path, path);
	for (int links = 0; links <= MOST_LINKS; links++) {
		error = split(self);
		if (error)
			return error;
		self->mode = NEW_MODE;
		self->kind = MISSING;
		if (lstat(self->path, &state))
			return errno == ENOENT ? 0 : -errno;
		self->kind = OPEN_FILE;
		if (!strncmp(self->directory, "/proc/", 6))
			return 0;
		if (!S_ISLNK(state.st_mode)) {
			self->kind = S_ISREG(state.st_mode) ? REGULAR : STREAM;
			self->mode = state.st_mode & 0777;
			return S_ISDIR(state.st_mode) ? -EISDIR : S_ISSOCK(state.st_mode) ? -ENXIO : 0;
		}
		error = follow(self);
		if (error)
			return error;
	}
	return -ELOOP;
}

static int32_t may(const char *path, int what)
{
	return access(path, what) ? -errno : 0;
}

int32_t cvm_text_file_check(const char *path)
{
	struct place place;
	int32_t error = find(&place, path), in_directory;

	if (error)
		return error;
	if (place.kind == STREAM || place.kind == OPEN_FILE)
		return may(place.path, W_OK);
	in_directory = may(place.directory, W_OK | X_OK);
	return place.kind == REGULAR && in_directory ? may(place.path, W_OK) : in_directory;
}

/* Writes all of it, and closes the file. 0, or -errno. */
static int32_t fill(int fd, const uint8_t *text, uint64_t size)
{
	int error = 0;

	while (size && !error) {
		ssize_t written = write(fd, text, size);

		if (written >= 0) {
			text += written;
			size -= (uint64_t)written;
		} else if (errno != EINTR) {
			error = -errno;
		}
	}
	if (close(fd) && !error)
		error = -errno;
	return error;
}

static int32_t write_into(const char *path, int flags, const uint8_t *text, uint64_t size)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY | flags, NEW_MODE);

	return fd < 0 ? -errno : fill(fd, text, size);
}

/* Puts a new file in the place of what is there. */
static int32_t replace(const struct place *place, const uint8_t *text, uint64_t size)
{
	char temporary[PATH_MAX + 64];
	int32_t error;
	int fd;

	snprintf(temporary, sizeof temporary, "%s.%d.%llx.tmp", place->path, (int)getpid(),
		 (unsigned long long)cvm_clock_monotonic_ns());
	fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, place->mode);
	if (fd < 0)
		return -errno;
	/* Who could read the old one can read the new one, whatever the mask of this process. */
	if (place->kind == REGULAR && fchmod(fd, place->mode))
		error = -errno;
	else
		error = 0;
	if (error)
		close(fd);
	else
		error = fill(fd, text, size);
	if (!error && rename(temporary, place->path))
		error = -errno;
	if (error)
		unlink(temporary);
	return error;
}

/* Whether the directory, and not the file, is in the way. */
static int is_of_directory(int32_t error)
{
	return error == -EACCES || error == -EPERM || error == -EROFS || error == -EBUSY || error == -EXDEV ||
	       error == -ENAMETOOLONG;
}

int32_t cvm_text_file_write(const char *path, const uint8_t *text, uint64_t size)
{
	struct place place;
	int32_t error = find(&place, path);

	if (error)
		return error;
	if (place.kind == OPEN_FILE)
		return write_into(place.path, O_APPEND, text, size);
	if (place.kind == STREAM)
		return write_into(place.path, 0, text, size);
	error = replace(&place, text, size);
	/* Also where a name is so long that no temporary one fits beside it. */
	if (is_of_directory(error))
		return write_into(place.path, O_CREAT | O_TRUNC, text, size);
	return error;
}

int32_t cvm_text_file_release(const char *path)
{
	struct place place;
	struct stat state;
	int32_t error = find(&place, path);
	int fd;

	if (error)
		return error;
	if ((place.kind != STREAM && place.kind != OPEN_FILE) || stat(place.path, &state) || !S_ISFIFO(state.st_mode))
		return -ESPIPE;
	fd = open(place.path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	return fd < 0 ? -errno : fd;
}
