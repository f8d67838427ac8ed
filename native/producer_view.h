#ifndef CVM_PRODUCER_VIEW_H
#define CVM_PRODUCER_VIEW_H

#include <pthread.h>
#include <stdint.h>
#include <time.h>

/* A read-only mapping of a producer's segment, which the producer may resize, replace or remove at any time. */
struct producer_view {
	const char *name;
	int fd;               /* -1: no segment is open */
	const uint8_t *bytes; /* NULL: no segment is mapped */
	uint64_t size, inode;
	struct timespec changed; /* ctime of the segment: when its size, or another inode attribute, last changed */
	/*
	 * Bytes before the first hole when the segment last changed. A segment that shrank and grew again holds
	 * zeros from where it was cut, while its metadata still describe the frame.
	 */
	uint64_t written;
	unsigned mappings; /* made so far */
};

enum view_state {
	VIEW_UNCHANGED,
	VIEW_CHANGED, /* mapped again, or resized: pages may have been lost */
	VIEW_ABSENT,
};

void producer_view_init(struct producer_view *self, const char *name);

/*
 * Maps the segment again if the name now refers to another one or its size has changed. A segment whose name was
 * removed stays mapped, because it still holds the last frame. Sets *error to an errno with VIEW_ABSENT (0: too small).
 */
enum view_state producer_view_refresh(struct producer_view *self, int *error);

void producer_view_close(struct producer_view *self);

#endif
