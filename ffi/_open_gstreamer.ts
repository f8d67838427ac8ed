/**
 * Opens GStreamer's libraries and initializes it before the tests of the importing file run, see `_open_libraries.ts`.
 *
 * @module
 */
import { initGStreamer } from "./gst.ts";
import { glib, gobject, gst, gstApp, gstVideo } from "./gst_symbols.ts";

for (const open of [glib, gobject, gst, gstApp, gstVideo]) open();
await initGStreamer();
