/**
 * Symbol tables of the native shim, one for each of its headers. In a file of their own: the wrappers
 * need the opened shim, and opening it needs the tables.
 *
 * @module
 */

/** `native/segment.h` */
export const segmentSymbols = {
  cvm_segment_open: { parameters: ["buffer"], result: "i32" },
  cvm_segment_create: { parameters: ["buffer", "u64"], result: "i32" },
  cvm_segment_resize: { parameters: ["i32", "u64"], result: "i32" },
  cvm_segment_unlink: { parameters: ["buffer"], result: "i32" },
  cvm_segment_close: { parameters: ["i32"], result: "i32" },
  cvm_segment_stat: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  cvm_segment_map: { parameters: ["i32", "u64", "i32"], result: "pointer" },
  cvm_segment_unmap: { parameters: ["pointer", "u64"], result: "i32" },
} as const;

/** `native/fingerprint.h`, `native/head_start.h` and `native/read.h` */
export const readSymbols = {
  cvm_read_metadata: { parameters: ["pointer", "u64", "buffer"], result: "i32" },
  cvm_read_fingerprint: { parameters: ["pointer", "u64", "u64"], result: "u64" },
  cvm_head_start_prepare: { parameters: ["pointer", "buffer"], result: "void" },
  cvm_head_start_cancel: { parameters: ["pointer"], result: "void" },
  cvm_read_picture: { parameters: ["buffer", "pointer"], result: "i32" },
} as const;

/** `native/announcements.h` */
export const announcementSymbols = {
  cvm_announcements_open: { parameters: ["buffer", "buffer"], result: "pointer" },
  cvm_announcements_watch: {
    parameters: ["pointer", "pointer", "u64", "u64", "u32"],
    result: "void",
  },
  cvm_announcements_head_start: { parameters: ["pointer"], result: "pointer" },
  cvm_announcements_wait: { parameters: ["pointer"], result: "i32", nonblocking: true },
  cvm_announcements_pending: { parameters: ["pointer"], result: "i32" },
  cvm_announcements_take: { parameters: ["pointer", "buffer", "u32", "buffer"], result: "u32" },
  cvm_announcements_interrupt: { parameters: ["pointer"], result: "void" },
  cvm_announcements_close: { parameters: ["pointer"], result: "void" },
} as const;

/** `native/clock.h` */
export const clockSymbols = {
  cvm_clock_monotonic_ns: { parameters: [], result: "u64" },
  cvm_clock_unix_us: { parameters: [], result: "u64" },
} as const;
