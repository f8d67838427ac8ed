#ifndef CVM_TEXT_FILE_H
#define CVM_TEXT_FILE_H

#include <stdint.h>

/*
 * Text for whoever reads it at a path of the user's. Links are followed. A regular file is replaced: a reader finds the old
 * text or the new one, whole. What is none (a FIFO, a device, /proc/self/fd/1) is written to, and so is a file
 * that nothing can be renamed over. In C, since Deno lets no program without all rights open such paths.
 */

/* Whether text could be written there. 0, or -errno. Nothing is made or changed. */
int32_t cvm_text_file_check(const char *path);

/* Writes the text. 0, or -errno. On a FIFO it blocks until somebody reads. */
int32_t cvm_text_file_write(const char *path, const uint8_t *text, uint64_t size);

/*
 * Opens a FIFO that nobody reads, so that a write to it ends. The descriptor, or -errno: whoever closes it drops
 * what was written and not read.
 */
int32_t cvm_text_file_release(const char *path);

#endif
