#ifndef CVM_PRODUCER_VIEW_H
#define CVM_PRODUCER_VIEW_H

#include <pthread.h>
#include <stdint.h>
#include <time.h>

/* A read-only mapping of a producer's segment, which the producer may resize, replace or remove at any time. */
struct producer_view {
	const char *name;
	int fd; /* -1: no segment is open */
	const uint8_t *bytes; /* NULL: none is mapped */
	uint64_t size, inode;
	struct timespec changed; /* when its size was last set; other changes of the inode count, too */
	/* Bytes before the first one that nobody had written when the segment last changed. One that shrank and
	 * grew again holds zeros where it was cut, under metadata that still name the frame. */
	uint64_t written;
	unsigned mappings; /* made so far */
};

enum view_state {
	VIEW_UNCHANGED,
	VIEW_CHANGED, /* mapped anew, or its size was set: pages may have been lost */
	VIEW_ABSENT,
};

void producer_view_init(struct producer_view *self, const char *name);

/*
 * Looks whether the segment is still the one that is mapped, and maps it anew if not. A segment whose name is
 * gone stays mapped: its last frame is still there. With VIEW_ABSENT, *error has an errno; 0: it is too small.
 */
enum view_state producer_view_refresh(struct producer_view *self, int *error);

void producer_view_close(struct producer_view *self);

#endif
