#ifndef CVM_TEXT_FILE_H
#define CVM_TEXT_FILE_H

#include "export.h"

#include <stdint.h>

/*
 * Writes text to a path given by the user, following links. A regular file is replaced atomically: a reader sees
 * either the old text or the new one. Other files (a FIFO, a device, /proc/self/fd/1) are written to, and so is a
 * file that cannot be replaced by renaming. This is in C because Deno opens such paths only with all permissions.
 */

/* Checks whether text could be written. Returns 0, or -errno. Nothing is created or changed. */
CVM_EXPORT int32_t cvm_text_file_check(const char *path);

/* Writes the text. Returns 0, or -errno. On a FIFO it blocks until a reader opens it. */
CVM_EXPORT int32_t cvm_text_file_write(const char *path, const uint8_t *text, uint64_t size);

/*
 * Opens a FIFO without a reader so that a blocked write to it ends. Returns a descriptor, or -errno. Closing the
 * descriptor discards what was written and not read.
 */
CVM_EXPORT int32_t cvm_text_file_release(const char *path);

#endif
