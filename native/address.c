#define _GNU_SOURCE
#include "address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

int32_t address_parse(struct address *self, const char *text, uint16_t port)
{
	struct addrinfo hints = {
		.ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_DGRAM,
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
	};
	struct addrinfo *found = NULL;
	char service[6];

	snprintf(service, sizeof service, "%u", (unsigned)port);
	if (getaddrinfo(text, service, &hints, &found) || !found)
		return -EINVAL;
	memcpy(&self->any, found->ai_addr, found->ai_addrlen);
	self->size = found->ai_addrlen;
	freeaddrinfo(found);
	return 0;
}

int address_is_host(const struct address *self, const struct sockaddr *other)
{
	const struct sockaddr_in *ours = (const void *)&self->any, *theirs = (const void *)other;
	const struct sockaddr_in6 *ours6 = (const void *)&self->any, *theirs6 = (const void *)other;

	if (other->sa_family != self->any.ss_family)
		return 0;
	if (other->sa_family == AF_INET)
		return ours->sin_addr.s_addr == theirs->sin_addr.s_addr;
	return !memcmp(&ours6->sin6_addr, &theirs6->sin6_addr, sizeof ours6->sin6_addr);
}

int32_t address_bind(const struct address *self, int fd, const struct address_local *local)
{
	const char *every = self->any.ss_family == AF_INET ? "0.0.0.0" : "::";
	struct address ours;
	int32_t error = address_parse(&ours, local->address ? local->address : every, local->port);

	if (error)
		return error;
	return bind(fd, (const struct sockaddr *)&ours.any, ours.size) ? -errno : 0;
}

static int is_multicast(const struct address *self)
{
	const struct sockaddr_in *in = (const void *)&self->any;
	const struct sockaddr_in6 *in6 = (const void *)&self->any;

	return self->any.ss_family == AF_INET ? IN_MULTICAST(ntohl(in->sin_addr.s_addr)) :
						IN6_IS_ADDR_MULTICAST(&in6->sin6_addr);
}

static int32_t set_option(int fd, int level, int option, const void *value, socklen_t size)
{
	return setsockopt(fd, level, option, value, size) ? -errno : 0;
}

static int32_t set_multicast_4(int fd, int hops, const char *interface)
{
	struct ip_mreqn from = { .imr_ifindex = interface ? (int)if_nametoindex(interface) : 0 };

	if (interface && !from.imr_ifindex && inet_pton(AF_INET, interface, &from.imr_address) != 1)
		return -ENODEV;
	if (interface && set_option(fd, IPPROTO_IP, IP_MULTICAST_IF, &from, sizeof from))
		return -ENODEV;
	return set_option(fd, IPPROTO_IP, IP_MULTICAST_TTL, &hops, sizeof hops);
}

static int32_t set_multicast_6(int fd, int hops, const char *interface)
{
	int index = interface ? (int)if_nametoindex(interface) : 0;

	if (interface && !index)
		return -ENODEV;
	if (interface && set_option(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, &index, sizeof index))
		return -ENODEV;
	return set_option(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &hops, sizeof hops);
}

int32_t address_set_multicast(const struct address *self, int fd, const struct address_multicast *multicast)
{
	if (!is_multicast(self))
		return 0;
	return self->any.ss_family == AF_INET ? set_multicast_4(fd, multicast->ttl, multicast->interface) :
						set_multicast_6(fd, multicast->ttl, multicast->interface);
}

uint16_t address_local_port(int fd)
{
	struct sockaddr_storage ours;
	socklen_t size = sizeof ours;

	if (getsockname(fd, (struct sockaddr *)&ours, &size))
		return 0;
	return ntohs(ours.ss_family == AF_INET ? ((struct sockaddr_in *)&ours)->sin_port :
						 ((struct sockaddr_in6 *)&ours)->sin6_port);
}
