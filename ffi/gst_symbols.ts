import { once, openLibrary, type Packages } from "./library.ts";

const GSTREAMER: Packages = {
  debian: "libgstreamer1.0-0",
  fedora: "gstreamer1",
  arch: "gstreamer",
  version: { function: "gst_version", numbers: 4, minimum: [1, 20] },
};
const PLUGINS_BASE: Packages = {
  debian: "libgstreamer-plugins-base1.0-0",
  fedora: "gstreamer1-plugins-base",
  arch: "gst-plugins-base-libs",
};
const GLIB: Packages = { debian: "libglib2.0-0", fedora: "glib2", arch: "glib2" };

/** Functions of libgstreamer-1.0. */
export const gst = once(() =>
  openLibrary("libgstreamer-1.0.so.0", {
    gst_init_check: {
      parameters: ["pointer", "pointer", "buffer"],
      result: "i32",
      nonblocking: true,
    },
    gst_version: { parameters: ["buffer", "buffer", "buffer", "buffer"], result: "void" },
    gst_parse_launch: { parameters: ["buffer", "buffer"], result: "pointer" },
    gst_bin_get_by_name: { parameters: ["pointer", "buffer"], result: "pointer" },
    gst_element_factory_find: { parameters: ["buffer"], result: "pointer" },
    gst_element_get_bus: { parameters: ["pointer"], result: "pointer" },
    // Both wait for streaming threads, which may in turn be blocked on JavaScript.
    gst_element_set_state: { parameters: ["pointer", "i32"], result: "i32", nonblocking: true },
    gst_element_send_event: {
      parameters: ["pointer", "pointer"],
      result: "i32",
      nonblocking: true,
    },
    gst_util_set_object_arg: { parameters: ["pointer", "buffer", "buffer"], result: "void" },
    gst_object_unref: { parameters: ["pointer"], result: "void" },
    gst_mini_object_unref: { parameters: ["pointer"], result: "void" },
    gst_bus_pop_filtered: { parameters: ["pointer", "u32"], result: "pointer" },
    gst_bus_set_sync_handler: {
      parameters: ["pointer", "pointer", "pointer", "pointer"],
      result: "void",
    },
    gst_caps_from_string: { parameters: ["buffer"], result: "pointer" },
    gst_message_parse_error: { parameters: ["pointer", "buffer", "buffer"], result: "void" },
    gst_message_parse_warning: { parameters: ["pointer", "buffer", "buffer"], result: "void" },
    gst_buffer_pool_new: { parameters: [], result: "pointer" },
    gst_buffer_pool_get_config: { parameters: ["pointer"], result: "pointer" },
    gst_buffer_pool_config_set_params: {
      parameters: ["pointer", "pointer", "u32", "u32", "u32"],
      result: "void",
    },
    gst_buffer_pool_set_config: { parameters: ["pointer", "pointer"], result: "i32" },
    gst_buffer_pool_set_active: { parameters: ["pointer", "i32"], result: "i32" },
    gst_buffer_pool_acquire_buffer: { parameters: ["pointer", "buffer", "pointer"], result: "i32" },
    gst_buffer_map: { parameters: ["pointer", "buffer", "i32"], result: "i32" },
    gst_buffer_unmap: { parameters: ["pointer", "buffer"], result: "void" },
    gst_buffer_get_size: { parameters: ["pointer"], result: "usize" },
    gst_buffer_extract: { parameters: ["pointer", "usize", "buffer", "usize"], result: "usize" },
    gst_sample_get_buffer: { parameters: ["pointer"], result: "pointer" },
    gst_sample_get_segment: { parameters: ["pointer"], result: "pointer" },
    gst_segment_to_running_time_full: {
      parameters: ["pointer", "i32", "u64", "buffer"],
      result: "i32",
    },
  }, GSTREAMER).symbols
);

/** Functions of libgstapp-1.0 for appsrc and appsink. */
export const gstApp = once(() =>
  openLibrary("libgstapp-1.0.so.0", {
    gst_app_src_set_callbacks: {
      parameters: ["pointer", "buffer", "pointer", "pointer"],
      result: "void",
    },
    gst_app_src_set_caps: { parameters: ["pointer", "pointer"], result: "void" },
    gst_app_src_push_buffer: { parameters: ["pointer", "pointer"], result: "i32" },
    gst_app_src_end_of_stream: { parameters: ["pointer"], result: "i32" },
    gst_app_sink_set_callbacks: {
      parameters: ["pointer", "buffer", "pointer", "pointer"],
      result: "void",
    },
    gst_app_sink_try_pull_sample: { parameters: ["pointer", "u64"], result: "pointer" },
  }, PLUGINS_BASE).symbols
);

/** Functions of libgstvideo-1.0 to request a key frame. */
export const gstVideo = once(() =>
  openLibrary("libgstvideo-1.0.so.0", {
    gst_video_event_new_upstream_force_key_unit: {
      parameters: ["u64", "i32", "u32"],
      result: "pointer",
    },
  }, PLUGINS_BASE).symbols
);

/** Functions of libgobject-2.0 to look up properties. */
export const gobject = once(() =>
  openLibrary("libgobject-2.0.so.0", {
    g_object_class_find_property: { parameters: ["pointer", "buffer"], result: "pointer" },
  }, GLIB).symbols
);

/** Functions of libglib-2.0 to free errors and strings. */
export const glib = once(() =>
  openLibrary("libglib-2.0.so.0", {
    g_error_free: { parameters: ["pointer"], result: "void" },
    g_free: { parameters: ["pointer"], result: "void" },
  }, GLIB).symbols
);
