#ifndef CVM_FRAME_READER_H
#define CVM_FRAME_READER_H

#include "event_ring.h"
#include "offered_memory.h"

/*
 * A thread that reads one producer's frames: it hears the announcement, looks at the frame, converts it right into
 * the memory that was offered for it, and looks again, before it wakes anybody. What is decided about frames,
 * and what memory they get, is said beforehand.
 */
struct cvm_frame_reader;

/*
 * Connects to the producer and starts the thread, which raises `id` when there is an event. On failure NULL,
 * and an errno in *error (ENOENT: no libzmq).
 */
struct cvm_frame_reader *cvm_frame_reader_open(const char *endpoint, const char *segment_name,
					       struct cvm_wakeups *wakeups, uint32_t id, int32_t *error);

/* One at a time: after a whole frame, or after a withdrawal. */
void cvm_frame_reader_offer(struct cvm_frame_reader *self, const struct cvm_offer *offer);

/* Nobody writes to offered memory, or hands over what is in it, after this returns. 0: a whole frame is in it, or nothing was offered. */
int cvm_frame_reader_withdraw(struct cvm_frame_reader *self);

/*
 * The next whole frame in memory on offer for this source is handed over to it, once: what JavaScript is told of
 * it comes before anything that comes of it. NULL: none is, from the next withdrawal on.
 */
void cvm_frame_reader_hand_over(struct cvm_frame_reader *self, const void *source);

/*
 * For the frames from now on. The last look must be `limit_ns` after the announcement at most (0: no limit). After
 * the copy and a first look `settle_ns` are waited before it: a writer that began before the first look and has been held
 * up since, as happens where reader and writer share few processors, shows only when it runs again.
 */
void cvm_frame_reader_pace(struct cvm_frame_reader *self, uint64_t limit_ns, uint64_t settle_ns);

/*
 * Which access units of the producer's own are wanted, from the next frame on: those in this codec (1 H.264, 2 H.265;
 * 0: none, as at first). A frame that has one is read for it, and for its picture only with `pictures_too`.
 */
void cvm_frame_reader_wish(struct cvm_frame_reader *self, uint32_t codec, int pictures_too);

/*
 * Moves the oldest event out; 0: there is none. The memory of its access unit is good until the next call. *lost
 * counts messages, no sync ones, that found no room.
 */
int cvm_frame_reader_take(struct cvm_frame_reader *self, struct cvm_event *out, uint64_t *lost);

/*
 * Whether the plane of the whole frame with this number is still what it was; also where that cannot be told,
 * since a newer frame was announced.
 */
int cvm_frame_reader_stands(struct cvm_frame_reader *self, uint64_t number);

/* Ends the thread and frees everything. */
void cvm_frame_reader_close(struct cvm_frame_reader *self);

#endif
