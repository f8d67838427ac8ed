import { StreamerError } from "../src/errors.ts";
import { cString, once } from "./library.ts";
import { glib, gobject, gst, gstApp, gstVideo } from "./gst_symbols.ts";

/** `GST_CLOCK_TIME_NONE`: no time, or no limit to a wait. */
export const CLOCK_TIME_NONE = 0xffff_ffff_ffff_ffffn;

const initialized = once(async () => {
  // Open all of them, so that a missing one is reported before a producer is asked for frames.
  for (const open of [gst, gstApp, gstVideo, gobject, glib]) open();
  const error = new BigUint64Array(1);
  if (await gst().gst_init_check(null, null, error) === 0) {
    throw new StreamerError(`Cannot initialize GStreamer: ${takeError(error)}`, {
      code: "gstreamer_init",
    });
  }
});

/**
 * Initializes GStreamer. The first start on a machine scans all plugins, which takes about a second.
 *
 * @throws {MissingLibraryError} If one of its libraries is not installed, or too old.
 */
export function initGStreamer(): Promise<void> {
  return initialized();
}

/** Returns the version of GStreamer at run time, for example `1.22.0`. */
export function gstreamerVersion(): string {
  const parts = [0, 1, 2, 3].map(() => new Uint32Array(1)) as [
    Uint32Array<ArrayBuffer>,
    Uint32Array<ArrayBuffer>,
    Uint32Array<ArrayBuffer>,
    Uint32Array<ArrayBuffer>,
  ];
  gst().gst_version(...parts);
  return parts.slice(0, 3).map((part) => part[0]).join(".");
}

/** Returns whether an element with this name is installed. Call {@linkcode initGStreamer} first. */
export function elementExists(name: string): boolean {
  const factory = gst().gst_element_factory_find(cString(name));
  if (factory === null) return false;
  gst().gst_object_unref(factory);
  return true;
}

/** Returns the message of a `GError *` that a function has set, and frees the error. */
export function takeError(slot: BigUint64Array): string {
  const error = Deno.UnsafePointer.create(slot[0] ?? 0n);
  if (error === null) return "no reason given";
  const message = new Deno.UnsafePointerView(error).getPointer(8);
  const text = message === null ? "" : Deno.UnsafePointerView.getCString(message);
  glib().g_error_free(error);
  slot[0] = 0n;
  return text.replaceAll(/\s+/g, " ");
}
