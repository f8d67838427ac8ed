#ifndef CVM_FRAME_READER_H
#define CVM_FRAME_READER_H

#include "event_ring.h"
#include "export.h"
#include "offered_memory.h"

/*
 * Reads one producer's frames on its own thread. On an announcement it inspects the frame, converts it directly into
 * the memory on offer, validates the copy and then wakes JavaScript. JavaScript sets the policy and offers the memory
 * in advance.
 */
struct cvm_frame_reader;

/*
 * Connects to the producer and starts the thread, which raises `id` for every event. Returns NULL on failure and sets
 * *error to an errno (ENOENT: libzmq is not installed).
 */
CVM_EXPORT struct cvm_frame_reader *cvm_frame_reader_open(const char *endpoint, const char *segment_name,
							  struct cvm_wakeups *wakeups, uint32_t id,
							  int32_t *error);

/* Offers memory. Only one offer may be open: call it after a whole frame or a withdrawal. */
CVM_EXPORT void cvm_frame_reader_offer(struct cvm_frame_reader *self, const struct cvm_offer *offer);

/*
 * Takes the offer back. After it returns the thread neither writes to the memory nor hands over its contents. Returns
 * 0 if the memory holds a whole frame or nothing was on offer.
 */
CVM_EXPORT int cvm_frame_reader_withdraw(struct cvm_frame_reader *self);

/*
 * Hands over the next whole frame in memory on offer for this source, once. JavaScript gets the frame's event before
 * anything that results from the frame. NULL disables it, effective from the next withdrawal.
 */
CVM_EXPORT void cvm_frame_reader_hand_over(struct cvm_frame_reader *self, const void *source);

/*
 * Sets the timing for subsequent frames. The last check must follow the announcement within `limit_ns` (0: no limit).
 * After the copy and a first check the thread waits `settle_ns` and checks again. A writer that started before the
 * first check may have been preempted since, which happens when reader and writer share few processors; its writes
 * become visible only when it runs again.
 */
CVM_EXPORT void cvm_frame_reader_pace(struct cvm_frame_reader *self, uint64_t limit_ns, uint64_t settle_ns);

/*
 * Selects which of the producer's own access units to read from the next frame on: those in `codec` (1 H.264,
 * 2 H.265, 0 none; 0 initially). The picture of a frame that has such a unit is read only with `pictures_too`.
 */
CVM_EXPORT void cvm_frame_reader_wish(struct cvm_frame_reader *self, uint32_t codec, int pictures_too);

/*
 * Moves the oldest event to *out. Returns 0 if there is no event. The memory of the event's access unit is valid until
 * the next call. *lost is set to the number of messages, not counting sync messages, dropped because the event ring
 * was full.
 */
CVM_EXPORT int cvm_frame_reader_take(struct cvm_frame_reader *self, struct cvm_event *out, uint64_t *lost);

/*
 * Returns whether the plane of the whole frame with this number is unchanged. Returns 1 too if that is unknown because
 * a newer frame has been announced.
 */
CVM_EXPORT int cvm_frame_reader_stands(struct cvm_frame_reader *self, uint64_t number);

/* Stops the thread and frees everything. */
CVM_EXPORT void cvm_frame_reader_close(struct cvm_frame_reader *self);

#endif
