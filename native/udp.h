#ifndef CVM_UDP_H
#define CVM_UDP_H

#include "export.h"

#include <stdint.h>

/* Connected UDP sockets that send many datagrams in few system calls and never block. */

/* The result of one call of cvm_udp_send(). */
struct cvm_udp_result {
	uint32_t sent;           /* datagrams that the kernel accepted */
	uint32_t dropped;        /* datagrams dropped: sent + dropped is the requested count */
	uint32_t pending_errors; /* errors (ICMP replies) of earlier datagrams reported by this call */
	int32_t error;           /* the last errno, or 0 */
};

/*
 * Opens a socket connected to a literal IPv4 or IPv6 address (an IPv6 one may have a %zone), from a local address
 * (NULL: that of the route) and port (0: any). `ttl` and `interface` are for multicast groups: see address.h. Returns
 * the descriptor, or -errno; -EINVAL if an address is invalid.
 */
CVM_EXPORT int32_t cvm_udp_open(const char *address, uint16_t port, const char *local_address, uint16_t local_port,
				uint32_t send_buffer_bytes, uint8_t ttl, const char *interface);

/*
 * Sends `count` datagrams; datagram i is the lengths[i] bytes at base + offsets[i]. Never blocks: datagrams that do not
 * fit into the socket's buffer are dropped. Returns the number sent.
 */
CVM_EXPORT int32_t cvm_udp_send(int32_t fd, const uint8_t *base, const uint32_t *offsets, const uint32_t *lengths,
				uint32_t count, struct cvm_udp_result *result);

/* Closes a socket. Returns 0, or -errno. */
CVM_EXPORT int32_t cvm_udp_close(int32_t fd);

#endif
