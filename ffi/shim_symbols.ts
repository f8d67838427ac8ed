/**
 * Symbol tables of the native shim, one for each of its headers. They are separate from the wrappers because the
 * wrappers need the opened shim, and opening it needs the tables.
 *
 * @module
 */

/** `native/guard.h` */
export const guardSymbols = {
  cvm_guard_install: { parameters: [], result: "i32" },
} as const;

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

/** `native/wakeups.h` */
export const wakeupSymbols = {
  cvm_wakeups_open: { parameters: [], result: "pointer" },
  cvm_wakeups_wait: { parameters: ["pointer", "pointer"], result: "u32", nonblocking: true },
  cvm_wakeups_interrupt: { parameters: ["pointer"], result: "void" },
  cvm_wakeups_close: { parameters: ["pointer"], result: "void" },
} as const;

/** `native/bus.h` */
export const busSymbols = {
  cvm_bus_inbox_open: { parameters: ["pointer", "u32"], result: "pointer" },
  cvm_bus_inbox_handler: { parameters: [], result: "pointer" },
  cvm_bus_inbox_take: { parameters: ["pointer"], result: "pointer" },
  cvm_bus_inbox_close: { parameters: ["pointer"], result: "void" },
} as const;

/** `native/frame_reader.h` and `native/picture_layout.h` */
export const frameReaderSymbols = {
  cvm_picture_layout: { parameters: ["buffer", "buffer"], result: "void" },
  cvm_frame_reader_open: {
    parameters: ["buffer", "buffer", "pointer", "u32", "buffer"],
    result: "pointer",
  },
  cvm_frame_reader_offer: { parameters: ["pointer", "buffer"], result: "void" },
  cvm_frame_reader_withdraw: { parameters: ["pointer"], result: "i32" },
  cvm_frame_reader_hand_over: { parameters: ["pointer", "pointer"], result: "void" },
  cvm_frame_reader_pace: { parameters: ["pointer", "u64", "u64"], result: "void" },
  cvm_frame_reader_wish: { parameters: ["pointer", "u32", "i32"], result: "void" },
  cvm_frame_reader_take: { parameters: ["pointer", "buffer", "buffer"], result: "i32" },
  cvm_frame_reader_stands: { parameters: ["pointer", "u64"], result: "i32" },
  cvm_frame_reader_close: { parameters: ["pointer"], result: "void", nonblocking: true },
} as const;

/** `native/rtcp.h` */
export const rtcpSymbols = {
  cvm_rtcp_open: {
    parameters: ["buffer", "u16", "buffer", "u16", "u8", "buffer", "pointer", "u32", "buffer"],
    result: "pointer",
  },
  cvm_rtcp_local_port: { parameters: ["pointer"], result: "u16" },
  cvm_rtcp_send: { parameters: ["pointer", "buffer", "u32"], result: "i32" },
  cvm_rtcp_take: { parameters: ["pointer", "buffer", "buffer"], result: "u32" },
  cvm_rtcp_close: { parameters: ["pointer"], result: "void", nonblocking: true },
} as const;

/** `native/text_file.h` */
export const textFileSymbols = {
  cvm_text_file_check: { parameters: ["buffer"], result: "i32" },
  cvm_text_file_release: { parameters: ["buffer"], result: "i32" },
  cvm_text_file_write: {
    parameters: ["buffer", "buffer", "u64"],
    result: "i32",
    nonblocking: true,
  },
} as const;

/** `native/clock.h` */
export const clockSymbols = {
  cvm_clock_monotonic_ns: { parameters: [], result: "u64" },
  cvm_clock_unix_us: { parameters: [], result: "u64" },
} as const;
