/*
 * Runs the shim's threads against each other under ThreadSanitizer and AddressSanitizer: a producer that writes,
 * resizes and announces as fast as it can, a reader, and a third thread that replaces JavaScript: it takes events,
 * offers and withdraws memory, and checks frames again.
 *
 *     reader_under_stress FRAMES
 *
 * Exits with 0 if frames were read and handed over. The sanitizers report all other faults.
 */
#define _GNU_SOURCE
#include "../../native/clock.h"
#include "../../native/frame_reader.h"
#include "../../native/guard.h"

#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

enum {
	WIDTH = 256,
	HEIGHT = 256,
	PLANE = WIDTH * HEIGHT * 3,
	PICTURE = WIDTH * HEIGHT * 3 / 2,
	SEGMENT = CVM_METADATA_SIZE + PLANE,
	ID = 3,
};

/* Replaces native/gst.c: a source counts its pictures. A freed source must not be given any. */
int gst_is_available(void)
{
	return 1;
}

void gst_hand_over(const struct cvm_taker *to, uint64_t pts_us)
{
	if (pts_us % 3 == 0)
		clock_sleep(50000);
	++*(uint64_t *)to->source;
}

struct consumer {
	uint64_t *source, handed_over;
	struct cvm_wakeups *wakeups;
	struct cvm_frame_reader *reader;
	uint8_t picture[PICTURE];
	int is_offered, whole, torn, waiting, others;

	pthread_mutex_t lock; /* protects all that follows */
	pthread_cond_t changed;
	uint32_t done; /* the last frame that needs no further processing */
};

static void note_done(struct consumer *self, const struct cvm_event *event)
{
	pthread_mutex_lock(&self->lock);
	memcpy(&self->done, event->message + 4, sizeof self->done);
	pthread_cond_signal(&self->changed);
	pthread_mutex_unlock(&self->lock);
}

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void offer(struct consumer *self, const uint8_t *metadata)
{
	struct cvm_offer memory = {
		.picture = { CVM_METADATA_SIZE, WIDTH, HEIGHT, 3 * WIDTH, CVM_BGR,
			     { self->picture, self->picture + WIDTH * HEIGHT, self->picture + WIDTH * HEIGHT * 5 / 4,
			       WIDTH, WIDTH / 2, 1, CVM_BT601 } },
	};

	if (self->is_offered && !cvm_frame_reader_withdraw(self->reader))
		return; /* It holds a whole frame, whose event is still to come. */
	cvm_picture_layout(metadata, memory.layout);
	memory.taker.source = self->source;
	cvm_frame_reader_hand_over(self->reader, self->whole % 2 ? self->source : NULL);
	self->is_offered = 1;
	cvm_frame_reader_offer(self->reader, &memory);
}

/* Like a change of encoders: nothing may use the old source once the withdrawal has returned. */
static void replace_source(struct consumer *self)
{
	cvm_frame_reader_withdraw(self->reader);
	free(self->source);
	self->source = calloc(1, sizeof *self->source);
}

static void handle(struct consumer *self, const struct cvm_event *event)
{
	if (event->kind != CVM_EVENT_FRAME) {
		self->others++;
		return;
	}
	switch (event->result) {
	case CVM_FRAME_WHOLE:
		self->whole++;
		self->is_offered = 0;
		self->handed_over += event->handed_over;
		if (event->number % 5 == 0)
			replace_source(self);
		cvm_frame_reader_stands(self->reader, event->number);
		if (event->number % 3)
			offer(self, event->metadata);
		break;
	case CVM_FRAME_WAITING:
		self->waiting++;
		offer(self, event->metadata);
		break;
	default:
		self->torn++;
	}
	if (event->result == CVM_FRAME_WAITING)
		return;
	cvm_frame_reader_pace(self->reader, event->number % 7 ? 0 : 3000000, event->number % 5 ? 0 : 200000);
	note_done(self, event);
}

static void *take_events(void *argument)
{
	struct consumer *self = argument;
	uint32_t ids[CVM_WAKEUP_IDS], count;
	struct cvm_event event;
	uint64_t lost;

	while ((count = cvm_wakeups_wait(self->wakeups, ids)) > 0) {
		if (count != 1 || ids[0] != ID)
			fail("unexpected wakeup id");
		while (cvm_frame_reader_take(self->reader, &event, &lost))
			handle(self, &event);
	}
	return NULL;
}

static void write_metadata(uint8_t *segment, uint32_t frame)
{
	uint8_t metadata[CVM_METADATA_SIZE] = "CV-MMAP";
	uint32_t size = PLANE;
	uint16_t width = WIDTH, height = HEIGHT;

	metadata[8] = 1;
	memcpy(metadata + 12, &frame, sizeof frame);
	memcpy(metadata + 24, &width, sizeof width);
	memcpy(metadata + 26, &height, sizeof height);
	metadata[28] = 3;
	metadata[30] = CVM_BGR;
	memcpy(metadata + 32, &size, sizeof size);
	memcpy(segment, metadata, sizeof metadata);
}

static void announce(void *socket, uint32_t frame)
{
	uint8_t sync[48] = { 0x7d, 0, 1, 0 };

	memcpy(sync + 4, &frame, sizeof frame);
	zmq_send(socket, sync, sizeof sync, 0);
}

/* Announces a frame until the reader is done with it, because a sanitizer makes the reader slow. */
static void wait_for(struct consumer *self, void *socket, uint32_t frame)
{
	struct timespec again;

	pthread_mutex_lock(&self->lock);
	while (self->done < frame) {
		announce(socket, frame);
		clock_gettime(CLOCK_REALTIME, &again);
		again.tv_sec++;
		while (self->done < frame && !pthread_cond_timedwait(&self->changed, &self->lock, &again))
			;
	}
	pthread_mutex_unlock(&self->lock);
}

static void produce(struct consumer *consumer, void *socket, const char *name, int frames)
{
	int fd = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
	uint8_t *segment;

	if (fd < 0 || ftruncate(fd, SEGMENT))
		fail("segment");
	segment = mmap(NULL, SEGMENT, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (segment == MAP_FAILED)
		fail("mmap");
	for (int frame = 0; frame < frames; frame++) {
		if (frame % 50 == 49 && (ftruncate(fd, rand() % SEGMENT) || ftruncate(fd, SEGMENT)))
			fail("ftruncate");
		memset(segment + CVM_METADATA_SIZE, frame, PLANE);
		write_metadata(segment, (uint32_t)frame);
		if (frame % 20 == 0)
			zmq_send(socket, "?", 1, 0);
		if (frame % 20 == 10) {
			wait_for(consumer, socket, (uint32_t)frame);
			continue;
		}
		announce(socket, (uint32_t)frame);
		if (frame % 4)
			clock_sleep((uint64_t)(rand() % 1000) * 1000);
	}
	munmap(segment, SEGMENT);
	close(fd);
	shm_unlink(name);
}

int main(int argc, char **argv)
{
	static struct consumer consumer;
	int frames = argc > 1 ? atoi(argv[1]) : 1000, error = 0;
	char name[64], endpoint[128];
	void *context = zmq_ctx_new(), *socket = zmq_socket(context, ZMQ_PUB);
	pthread_t thread;

	snprintf(name, sizeof name, "/cvmmap_stress_%d", getpid());
	snprintf(endpoint, sizeof endpoint, "ipc:///tmp%s", name);
	if (cvm_guard_install() || zmq_bind(socket, endpoint))
		fail("bind");
	pthread_mutex_init(&consumer.lock, NULL);
	pthread_cond_init(&consumer.changed, NULL);
	consumer.source = calloc(1, sizeof *consumer.source);
	consumer.wakeups = cvm_wakeups_open();
	consumer.reader = cvm_frame_reader_open(endpoint, name + 1, consumer.wakeups, ID, &error);
	if (!consumer.reader || pthread_create(&thread, NULL, take_events, &consumer))
		fail("reader");
	produce(&consumer, socket, name, frames);
	cvm_frame_reader_withdraw(consumer.reader);
	cvm_wakeups_interrupt(consumer.wakeups);
	pthread_join(thread, NULL);
	cvm_frame_reader_close(consumer.reader);
	cvm_wakeups_close(consumer.wakeups);
	free(consumer.source);
	zmq_close(socket);
	zmq_ctx_term(context);
	unlink(endpoint + strlen("ipc://"));
	printf("%d whole, %" PRIu64 " handed over, %d waited, %d torn or late, %d other events\n", consumer.whole, consumer.handed_over, consumer.waiting, consumer.torn,
	       consumer.others);
	return consumer.whole > 0 && consumer.handed_over > 0 && consumer.others > 0 ? 0 : 1;
}
