#define _GNU_SOURCE
#include "rtp_markers.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum {
	PACKET = 65536,
	RTP_HEADER = 12,
	RECEIVE_BUFFER = 8 << 20,
	RECEIVE_TIMEOUT_US = 100000, /* how often the thread checks whether to end */
};

static int bind_loopback(uint16_t port)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address)) {
		close(fd);
		return -1;
	}
	return fd;
}

/* The RTCP port is bound but not read. Otherwise, every report would cause an ICMP error, which takes time. */
static int bind_pair(struct rtp_markers *self)
{
	for (unsigned attempt = 0; attempt < 100; attempt++) {
		uint16_t port = (uint16_t)(20000 + 2 * ((unsigned)(getpid() + attempt * 37) % 6000));

		self->rtp = bind_loopback(port);
		if (self->rtp < 0)
			continue;
		self->rtcp = bind_loopback(port + 1);
		if (self->rtcp >= 0) {
			self->port = port;
			return 0;
		}
		close(self->rtp);
	}
	return -EADDRINUSE;
}

/* Returns the kernel's timestamp of the packet on the loopback interface, which does not depend on this thread. */
static uint64_t arrival_of(struct msghdr *message)
{
	struct timespec stamp;

	for (struct cmsghdr *control = CMSG_FIRSTHDR(message); control;
	     control = CMSG_NXTHDR(message, control)) {
		if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_TIMESTAMPNS)
			continue;
		memcpy(&stamp, CMSG_DATA(control), sizeof stamp);
		return (uint64_t)stamp.tv_sec * 1000000000u + (uint64_t)stamp.tv_nsec;
	}
	clock_gettime(CLOCK_REALTIME, &stamp);
	return (uint64_t)stamp.tv_sec * 1000000000u + (uint64_t)stamp.tv_nsec;
}

static void *receive(void *argument)
{
	static uint8_t packet[PACKET];
	struct rtp_markers *self = argument;

	while (!atomic_load(&self->ending)) {
		char control[CMSG_SPACE(sizeof(struct timespec))];
		struct iovec vector = { packet, sizeof packet };
		struct msghdr message = {
			.msg_iov = &vector,
			.msg_iovlen = 1,
			.msg_control = control,
			.msg_controllen = sizeof control,
		};
		ssize_t length = recvmsg(self->rtp, &message, 0);
		unsigned count = atomic_load(&self->count);
		uint32_t timestamp;

		if (length < RTP_HEADER || packet[0] >> 6 != 2)
			continue;
		atomic_fetch_add(&self->packets, 1);
		atomic_fetch_add(&self->bytes, (unsigned long)length);
		if (!(packet[1] & 0x80) || count == self->capacity)
			continue;
		memcpy(&timestamp, packet + 4, sizeof timestamp);
		self->markers[count].timestamp = ntohl(timestamp);
		self->markers[count].arrived_ns = arrival_of(&message);
		atomic_store(&self->count, count + 1);
	}
	return NULL;
}

int rtp_markers_start(struct rtp_markers *self, uint32_t capacity)
{
	struct timeval timeout = { 0, RECEIVE_TIMEOUT_US };
	int size = RECEIVE_BUFFER, on = 1, error;

	memset(self, 0, sizeof *self);
	self->capacity = capacity;
	self->markers = calloc(capacity, sizeof *self->markers);
	if (!self->markers)
		return -ENOMEM;
	error = bind_pair(self);
	if (error)
		return error;
	if (setsockopt(self->rtp, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size))
		setsockopt(self->rtp, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
	setsockopt(self->rtp, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
	setsockopt(self->rtp, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
	return -pthread_create(&self->thread, NULL, receive, self);
}

void rtp_markers_stop(struct rtp_markers *self)
{
	atomic_store(&self->ending, 1);
	pthread_join(self->thread, NULL);
	close(self->rtp);
	close(self->rtcp);
}
