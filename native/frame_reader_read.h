#ifndef CVM_FRAME_READER_READ_H
#define CVM_FRAME_READER_READ_H

#include "frame_reader_state.h"

/* Reads the planes of the reader's current frame and reports it. For the reader's thread. */

/* Reports the current frame with this result. */
void frame_reader_report(struct cvm_frame_reader *self, enum cvm_frame_result result);

/* Reads the frame's picture, and its access unit if one is wanted, and reports it. */
void frame_reader_read(struct cvm_frame_reader *self);

/* Reads only the frame's access unit, and reports it. */
void frame_reader_read_unit(struct cvm_frame_reader *self);

#endif
