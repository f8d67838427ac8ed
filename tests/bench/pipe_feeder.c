/*
 * Feeds raw frames to another program through a pipe, like a script that uses FFmpeg.
 *
 *   pipe_feeder SHM_NAME ZMQ_ENDPOINT WIDTH HEIGHT PROGRAM ARGUMENTS...
 *
 * The process becomes PROGRAM. Its standard input is the BGR pixels of each announced frame, written by a child
 * process, which exits when no one reads any more. Torn frames are not detected.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>
#include <zmq.h>

enum {
	METADATA = 256,
	SYNC = 48,
	SYNC_MAGIC = 0x7d,
	/* The maximum without privileges, for fewer and longer writes. */
	PIPE_SIZE = 1 << 20,
};

static void fail(const char *what)
{
	fprintf(stderr, "pipe_feeder: %s\n", what);
	_exit(1);
}

static void write_all(int fd, const uint8_t *bytes, size_t size)
{
	while (size) {
		ssize_t written = write(fd, bytes, size);

		if (written <= 0)
			_exit(0);
		bytes += written;
		size -= (size_t)written;
	}
}

static void feed(char **argv, size_t size, int fd)
{
	int segment = shm_open(argv[1], O_RDONLY, 0);
	const uint8_t *bytes = mmap(NULL, METADATA + size, PROT_READ, MAP_SHARED, segment, 0);
	void *context = zmq_ctx_new(), *socket = zmq_socket(context, ZMQ_SUB);
	uint8_t sync[SYNC];

	if (segment < 0 || bytes == MAP_FAILED)
		fail("cannot open the segment");
	if (zmq_setsockopt(socket, ZMQ_SUBSCRIBE, "", 0) || zmq_connect(socket, argv[2]))
		fail("cannot subscribe");
	for (;;)
		if (zmq_recv(socket, sync, SYNC, 0) == SYNC && sync[0] == SYNC_MAGIC)
			write_all(fd, bytes + METADATA, size);
}

int main(int argc, char **argv)
{
	int ends[2];

	if (argc < 6 || pipe(ends))
		fail("usage: SHM_NAME ZMQ_ENDPOINT WIDTH HEIGHT PROGRAM ARGUMENTS...");
	fcntl(ends[1], F_SETPIPE_SZ, PIPE_SIZE);
	if (fork() == 0) {
		close(ends[0]);
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		feed(argv, (size_t)atoi(argv[3]) * (size_t)atoi(argv[4]) * 3, ends[1]);
	}
	close(ends[1]);
	dup2(ends[0], 0);
	execvp(argv[5], argv + 5);
	fail("cannot start the program");
}
