#ifndef CVM_FRAME_READER_H
#define CVM_FRAME_READER_H

#include "read.h"
#include "wakeups.h"

/*
 * A thread that reads one producer's frames: it hears the announcement, looks at the frame, converts it right into
 * the memory that was offered for it, and looks again, before it wakes anybody. What is decided about frames,
 * and what memory they get, is said beforehand.
 */
struct cvm_frame_reader;

enum {
	CVM_MESSAGE_CAPACITY = 64, /* every message of the contract is shorter */
	CVM_LAYOUT_SIZE = 32,
};

enum cvm_event_kind {
	CVM_EVENT_FRAME = 0,        /* a sync message, and what came of its frame */
	CVM_EVENT_MESSAGE = 1,      /* a message that is no sync message */
	CVM_EVENT_CONNECTED = 2,
	CVM_EVENT_DISCONNECTED = 3,
	CVM_EVENT_FAILED = 4,       /* no socket could be made; that will be tried again */
};

enum cvm_frame_result {
	CVM_FRAME_WHOLE = 0,        /* it is in the memory that was offered, which is no longer on offer */
	CVM_FRAME_METADATA_CHANGED = 1,
	CVM_FRAME_PLANE_CHANGED = 2,
	CVM_FRAME_FAULT = 3,        /* the segment shrank, or had shrunk and grown again */
	CVM_FRAME_LATE = 4,         /* the copy took too long, or a newer frame was announced meanwhile */
	CVM_FRAME_OTHER = 5,        /* the metadata name another frame */
	CVM_FRAME_UNFINISHED = 6,   /* the metadata are those of a frame in the making */
	CVM_FRAME_WAITING = 7,      /* nothing that fits is on offer: it is read as soon as there is, if it still stands */
	CVM_FRAME_ABSENT = 8,       /* there is no segment, or one that is too small */
};

struct cvm_event {
	uint32_t kind;              /* enum cvm_event_kind */
	uint32_t result;            /* of a frame: enum cvm_frame_result */
	int32_t error;              /* errno: of CVM_FRAME_ABSENT (0: too small) and CVM_EVENT_FAILED */
	uint32_t length;            /* of the message; more than the capacity means that it was cut */
	uint32_t announcements;     /* sync messages since the last event of a frame, this one's included; 0: none,
	                             * the frame had been waiting */
	uint32_t mappings;          /* of segments, made so far */
	uint64_t number;            /* of the sync message, from 1 */
	uint64_t arrived_ns;        /* CLOCK_MONOTONIC */
	uint64_t arrived_unix_us;
	uint64_t ended_ns;          /* of the copy, CLOCK_MONOTONIC */
	uint64_t segment_size;
	uint8_t message[CVM_MESSAGE_CAPACITY];
	uint8_t metadata[CVM_METADATA_SIZE]; /* of a frame, as found when it was announced */
};

/*
 * The part of a frame's metadata that describes its picture, as it is: the version's major number, and v1's
 * bytes 24 to 35 or the LEFT descriptor of v2. All others may change from frame to frame.
 */
void cvm_picture_layout(const uint8_t metadata[CVM_METADATA_SIZE], uint8_t layout[CVM_LAYOUT_SIZE]);

/* Memory for the next frame that has this layout. */
struct cvm_offer {
	uint8_t layout[CVM_LAYOUT_SIZE];
	struct cvm_picture picture;
};

/*
 * Connects to the producer and starts the thread, which raises `id` when there is an event. On failure NULL,
 * and an errno in *error (ENOENT: no libzmq).
 */
struct cvm_frame_reader *cvm_frame_reader_open(const char *endpoint, const char *segment_name,
					       struct cvm_wakeups *wakeups, uint32_t id, int32_t *error);

/* One at a time: after a whole frame, or after a withdrawal. */
void cvm_frame_reader_offer(struct cvm_frame_reader *self, const struct cvm_offer *offer);

/* Nobody writes to offered memory after this returns. 0: a whole frame is in it, or nothing was offered. */
int cvm_frame_reader_withdraw(struct cvm_frame_reader *self);

/*
 * For the frames from now on. A copy must have ended `limit_ns` after the announcement (0: no limit). After it,
 * before the second look, `settle_ns` are waited: a writer that began before the first look and has been held
 * up since, as happens where reader and writer share few processors, shows only when it runs again.
 */
void cvm_frame_reader_pace(struct cvm_frame_reader *self, uint64_t limit_ns, uint64_t settle_ns);

/* Moves up to `capacity` events out, oldest first. *lost counts messages, no sync ones, that found no room. */
uint32_t cvm_frame_reader_take(struct cvm_frame_reader *self, struct cvm_event *out, uint32_t capacity,
			       uint64_t *lost);

/*
 * Whether the plane of the whole frame with this number is still what it was; also where that cannot be told,
 * since a newer frame was announced.
 */
int cvm_frame_reader_stands(struct cvm_frame_reader *self, uint64_t number);

/* Ends the thread and frees everything. */
void cvm_frame_reader_close(struct cvm_frame_reader *self);

#endif
