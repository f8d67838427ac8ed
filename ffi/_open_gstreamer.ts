/**
 * For tests, as `_open_libraries.ts`: opens GStreamer's libraries before a test runs, and starts it.
 *
 * @module
 */
import { initGStreamer } from "./gst.ts";
import { glib, gobject, gst, gstApp, gstVideo } from "./gst_symbols.ts";

for (const open of [glib, gobject, gst, gstApp, gstVideo]) open();
await initGStreamer();
