#ifndef CVM_ADDRESS_H
#define CVM_ADDRESS_H

#include <stdint.h>
#include <sys/socket.h>

/* The address and port of a peer of UDP. */
struct address {
	struct sockaddr_storage any;
	socklen_t size;
};

/* Reads a literal IPv4 or IPv6 address; an IPv6 one may have a %zone. 0; -EINVAL: it is none. */
int32_t address_parse(struct address *self, const char *text, uint16_t port);

/* Whether somebody has the same host, whatever the port. */
int address_is_host(const struct address *self, const struct sockaddr *other);

/* Binds a socket of the peer's family to a port of ours on every address (0: any port). 0, or -errno. */
int32_t address_bind(const struct address *self, int fd, uint16_t local_port);

/* The port that a socket is bound to; 0: it is not. */
uint16_t address_local_port(int fd);

#endif
