#ifndef CVM_RTCP_H
#define CVM_RTCP_H

#include "export.h"
#include "wakeups.h"

#include <stdint.h>

/*
 * Exchanges RTCP with one receiver: a socket, and a thread that receives. The socket is not connected, because
 * receivers may answer from any port; packets from other hosts are ignored.
 */
struct cvm_rtcp;

enum {
	CVM_RTCP_PACKET = 1500, /* longest compound packet accepted, in bytes */
};

/*
 * Opens a socket to a literal address, from a local address (NULL: every one) and port (0: any). `id` is raised for
 * every packet. Returns NULL on failure and sets *error to an errno. `ttl` and `interface` are for multicast groups: see
 * address.h.
 */
CVM_EXPORT struct cvm_rtcp *cvm_rtcp_open(const char *address, uint16_t port, const char *local_address,
					  uint16_t local_port, uint8_t ttl, const char *interface,
					  struct cvm_wakeups *wakeups, uint32_t id, int32_t *error);

/* Returns the port that receivers answer to. */
CVM_EXPORT uint16_t cvm_rtcp_local_port(const struct cvm_rtcp *self);

/* Never blocks. Returns 0, or -errno. */
CVM_EXPORT int32_t cvm_rtcp_send(struct cvm_rtcp *self, const uint8_t *bytes, uint32_t size);

/* Takes the oldest packet and its arrival time. Returns its length, or 0 if no packet is queued. */
CVM_EXPORT uint32_t cvm_rtcp_take(struct cvm_rtcp *self, uint8_t out[CVM_RTCP_PACKET],
				  uint64_t *arrived_unix_us);

/* Stops the thread and closes the socket. */
CVM_EXPORT void cvm_rtcp_close(struct cvm_rtcp *self);

#endif
