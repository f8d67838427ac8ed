#ifndef CVM_FRAME_READER_THREAD_H
#define CVM_FRAME_READER_THREAD_H

/* The main function of a frame reader's thread; its argument is the reader. Runs until the reader is closing. */
void *frame_reader_run(void *argument);

#endif
