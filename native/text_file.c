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
	MAX_LINKS = 40, /* the kernel's limit */
	NEW_MODE = 0644,
};

/* The file that a path leads to. */
struct destination {
	char path[PATH_MAX], directory[PATH_MAX];
	enum { MISSING, REGULAR, STREAM, OPEN_FILE /* of a process, in /proc */ } kind;
	mode_t mode;
};

static int find_directory(struct destination *self)
{
	const char *slash = strrchr(self->path, '/');
	char parent[PATH_MAX] = ".";

	if (slash)
		snprintf(parent, sizeof parent, "%.*s", slash == self->path ? 1 : (int)(slash - self->path), self->path);
	return realpath(parent, self->directory) ? 0 : -errno;
}

static int follow_link(struct destination *self)
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

/* Follows the path to its destination. Returns 0, or -errno. */
static int resolve(struct destination *self, const char *path)
{
	struct stat state;
	int error;

	if (strlen(path) >= sizeof self->path)
		return -ENAMETOOLONG;
	strcpy(self->path, path);
	for (int links = 0; links <= MAX_LINKS; links++) {
		error = find_directory(self);
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
		error = follow_link(self);
		if (error)
			return error;
	}
	return -ELOOP;
}

static int32_t check_access(const char *path, int mode)
{
	return access(path, mode) ? -errno : 0;
}

int32_t cvm_text_file_check(const char *path)
{
	struct destination destination;
	int32_t error = resolve(&destination, path), in_directory;

	if (error)
		return error;
	if (destination.kind == STREAM || destination.kind == OPEN_FILE)
		return check_access(destination.path, W_OK);
	in_directory = check_access(destination.directory, W_OK | X_OK);
	return destination.kind == REGULAR && in_directory ? check_access(destination.path, W_OK) : in_directory;
}

/* Writes the whole text and closes the file. Returns 0, or -errno. */
static int32_t write_and_close(int fd, const uint8_t *text, uint64_t size)
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

	return fd < 0 ? -errno : write_and_close(fd, text, size);
}

/* Replaces the file, or creates it, by renaming a temporary one. */
static int32_t replace_file(const struct destination *destination, const uint8_t *text, uint64_t size)
{
	char temporary[PATH_MAX + 64];
	int32_t error;
	int fd;

	snprintf(temporary, sizeof temporary, "%s.%d.%llx.tmp", destination->path, (int)getpid(),
		 (unsigned long long)cvm_clock_monotonic_ns());
	fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, destination->mode);
	if (fd < 0)
		return -errno;
	/* Keep the mode of the old file, regardless of this process's umask. */
	if (destination->kind == REGULAR && fchmod(fd, destination->mode))
		error = -errno;
	else
		error = 0;
	if (error)
		close(fd);
	else
		error = write_and_close(fd, text, size);
	if (!error && rename(temporary, destination->path))
		error = -errno;
	if (error)
		unlink(temporary);
	return error;
}

/* Returns whether the error is caused by the directory rather than the file. */
static int is_directory_error(int32_t error)
{
	return error == -EACCES || error == -EPERM || error == -EROFS || error == -EBUSY || error == -EXDEV ||
	       error == -ENAMETOOLONG;
}

int32_t cvm_text_file_write(const char *path, const uint8_t *text, uint64_t size)
{
	struct destination destination;
	int32_t error = resolve(&destination, path);

	if (error)
		return error;
	if (destination.kind == OPEN_FILE)
		return write_into(destination.path, O_APPEND, text, size);
	if (destination.kind == STREAM)
		return write_into(destination.path, 0, text, size);
	error = replace_file(&destination, text, size);
	/* This includes a name that is too long to append a temporary suffix to. */
	if (is_directory_error(error))
		return write_into(destination.path, O_CREAT | O_TRUNC, text, size);
	return error;
}

int32_t cvm_text_file_release(const char *path)
{
	struct destination destination;
	struct stat state;
	int32_t error = resolve(&destination, path);
	int fd;

	if (error)
		return error;
	if ((destination.kind != STREAM && destination.kind != OPEN_FILE) || stat(destination.path, &state) || !S_ISFIFO(state.st_mode))
		return -ESPIPE;
	fd = open(destination.path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	return fd < 0 ? -errno : fd;
}
