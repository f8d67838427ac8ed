/* Connected UDP sockets that send many datagrams in few system calls and never wait. */
#ifndef CVM_UDP_H
#define CVM_UDP_H

#include <stdint.h>

/* What became of one call of cvm_udp_send. */
struct cvm_udp_result {
	/* Datagrams that the kernel took. */
	uint32_t sent;
	/* Datagrams given up: sent + dropped is the count that was asked for. */
	uint32_t dropped;
	/* Pending errors (ICMP answers to earlier datagrams) that were taken on the way. */
	uint32_t pending_errors;
	/* The last error number seen, 0 if none. */
	int32_t error;
};

/*
 * Opens a socket that is connected to a literal IPv4 or IPv6 address (an IPv6 one may have a
 * %zone), from a port of ours (0: any). Returns the descriptor or a negative error number; -EINVAL where the address is none.
 */
int32_t cvm_udp_open(const char *address, uint16_t port, uint16_t local_port, uint32_t send_buffer_bytes);

/*
 * Sends `count` datagrams; number i is lengths[i] bytes from base + offsets[i]. Never blocks:
 * what does not fit into the socket's buffer is dropped. Returns the number sent.
 */
int32_t cvm_udp_send(int32_t fd, const uint8_t *base, const uint32_t *offsets,
	const uint32_t *lengths, uint32_t count, struct cvm_udp_result *result);

/* Closes a socket. Returns 0 or a negative error number. */
int32_t cvm_udp_close(int32_t fd);

#endif
