#ifndef CVM_ADDRESS_H
#define CVM_ADDRESS_H

#include <stdint.h>
#include <sys/socket.h>

/* The address and port of a UDP peer. */
struct address {
	struct sockaddr_storage any;
	socklen_t size;
};

/* Parses a literal IPv4 or IPv6 address; an IPv6 one may have a %zone. Returns 0, or -EINVAL if it is not one. */
int32_t address_parse(struct address *self, const char *text, uint16_t port);

/* Returns whether both addresses have the same host, regardless of the port. */
int address_is_host(const struct address *self, const struct sockaddr *other);

/* Where packets are sent from, and received. */
struct address_local {
	const char *address; /* literal, of the peer's family; NULL: received at every one, sent from the route's */
	uint16_t port;       /* 0: any */
};

/* Binds a socket of the peer's family. Returns 0, or -errno. */
int32_t address_bind(const struct address *self, int fd, const struct address_local *local);

/* How multicast packets are sent. */
struct address_multicast {
	uint8_t ttl;           /* hops: 1 to 255 */
	const char *interface; /* name, or IPv4 address; NULL: chosen by the system */
};

/*
 * Sets how a socket sends to the peer, if that is a multicast group. Returns 0, or -errno: -ENODEV if there is no such
 * interface.
 */
int32_t address_set_multicast(const struct address *self, int fd, const struct address_multicast *multicast);

/* Returns the port that a socket is bound to, or 0 if it is not bound. */
uint16_t address_local_port(int fd);

#endif
