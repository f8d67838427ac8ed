#define _GNU_SOURCE
#include "udp.h"

#include "address.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

/* Datagrams per system call: enough for an access unit, with headers that fit on the stack (5 KB). */
#define CVM_UDP_BATCH 64

static void grow_send_buffer(int fd, uint32_t bytes)
{
	int size = bytes > INT32_MAX ? INT32_MAX : (int)bytes;

	/* SO_SNDBUFFORCE exceeds net.core.wmem_max if the process may; SO_SNDBUF is capped by it. */
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) != 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
}

static int32_t connect_to(int fd, const struct address *receiver, const struct address_local *local)
{
	int32_t error = local->address || local->port ? address_bind(receiver, fd, local) : 0;

	if (error)
		return error;
	return connect(fd, (const struct sockaddr *)&receiver->any, receiver->size) ? -errno : 0;
}

int32_t cvm_udp_open(const char *address, uint16_t port, const char *local_address, uint16_t local_port,
		     uint32_t send_buffer_bytes, uint8_t ttl, const char *interface)
{
	const struct address_local local = { .address = local_address, .port = local_port };
	const struct address_multicast multicast = { .ttl = ttl, .interface = interface };
	struct address receiver;
	int32_t error = address_parse(&receiver, address, port);
	int fd;

	if (error)
		return error;
	fd = socket(receiver.any.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	grow_send_buffer(fd, send_buffer_bytes);
	error = address_set_multicast(&receiver, fd, &multicast);
	if (!error)
		error = connect_to(fd, &receiver, &local);
	if (error) {
		close(fd);
		return error;
	}
	return fd;
}

static int is_congestion(int error)
{
	return error == EAGAIN || error == EWOULDBLOCK || error == ENOBUFS || error == ENOMEM;
}

static void prepare(struct mmsghdr *messages, struct iovec *vectors, const uint8_t *base,
	const uint32_t *offsets, const uint32_t *lengths, uint32_t count)
{
	memset(messages, 0, count * sizeof(*messages));
	for (uint32_t i = 0; i < count; i++) {
		vectors[i].iov_base = (void *)(base + offsets[i]);
		vectors[i].iov_len = lengths[i];
		messages[i].msg_hdr.msg_iov = &vectors[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
}

/*
 * Sends one batch. Returns 0 if the next one can be sent, or an errno if sending should stop for now.
 *
 * An ICMP error for an earlier datagram is reported by the next send, which then sends nothing, so that datagram is
 * tried once more. If the error is reported in the middle of a batch, the kernel discards it and returns a smaller
 * count; if the rest is then sent, it counts as a pending error.
 */
static int send_batch(int fd, struct mmsghdr *messages, uint32_t count,
	struct cvm_udp_result *result)
{
	uint32_t done = 0;
	int retried = 0, cut_short = 0;

	while (done < count) {
		int sent = sendmmsg(fd, messages + done, count - done, MSG_NOSIGNAL);

		if (sent > 0) {
			result->pending_errors += cut_short;
			result->sent += (uint32_t)sent;
			done += (uint32_t)sent;
			cut_short = done < count;
			retried = 0;
			continue;
		}
		/* 0 is no error, so errno is stale. Treat it like congestion. */
		if (sent == 0)
			return result->error = EAGAIN;
		if (errno == EINTR)
			continue;
		result->error = errno;
		cut_short = 0;
		if (is_congestion(errno))
			return errno;
		if (errno != EMSGSIZE && !retried) {
			result->pending_errors++;
			retried = 1;
			continue;
		}
		/* Twice in a row: caused by this datagram or by a missing route, not by an earlier datagram. */
		if (errno != EMSGSIZE && errno != ECONNREFUSED)
			return errno;
		done++;
		retried = 0;
	}
	return 0;
}

int32_t cvm_udp_send(int32_t fd, const uint8_t *base, const uint32_t *offsets,
	const uint32_t *lengths, uint32_t count, struct cvm_udp_result *result)
{
	struct mmsghdr messages[CVM_UDP_BATCH];
	struct iovec vectors[CVM_UDP_BATCH];

	memset(result, 0, sizeof(*result));
	for (uint32_t first = 0; first < count; first += CVM_UDP_BATCH) {
		uint32_t batch = count - first < CVM_UDP_BATCH ? count - first : CVM_UDP_BATCH;

		prepare(messages, vectors, base, offsets + first, lengths + first, batch);
		if (send_batch(fd, messages, batch, result) != 0)
			break;
	}
	result->dropped = count - result->sent;
	return (int32_t)result->sent;
}

int32_t cvm_udp_close(int32_t fd)
{
	return close(fd) == 0 ? 0 : -errno;
}
