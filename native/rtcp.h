#ifndef CVM_RTCP_H
#define CVM_RTCP_H

#include "wakeups.h"

#include <stdint.h>

/*
 * RTCP to one receiver and back: a socket, and a thread that hears. It is not connected: receivers answer from ports of
 * their own choice, and only what comes from the receiver's address is taken.
 */
struct cvm_rtcp;

enum {
	CVM_RTCP_PACKET = 1500, /* bytes of the longest compound packet that is taken */
};

/*
 * To a literal address, from `local_port` (0: any). `id` is raised when there is something to take. On failure NULL,
 * and an errno in *error.
 */
struct cvm_rtcp *cvm_rtcp_open(const char *address, uint16_t port, uint16_t local_port, struct cvm_wakeups *wakeups,
			       uint32_t id, int32_t *error);

/* Where receivers answer to. */
uint16_t cvm_rtcp_local_port(const struct cvm_rtcp *self);

/* Never blocks. 0, or -errno. */
int32_t cvm_rtcp_send(struct cvm_rtcp *self, const uint8_t *bytes, uint32_t size);

/* Moves the oldest packet out. Its length, and when it came; 0: there is none. */
uint32_t cvm_rtcp_take(struct cvm_rtcp *self, uint8_t out[CVM_RTCP_PACKET], uint64_t *arrived_unix_us);

void cvm_rtcp_close(struct cvm_rtcp *self);

#endif
