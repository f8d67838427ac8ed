/**
 * Prints as JSON which GStreamer there is, and which of the encoders that the product knows, with the
 * library that each of them brings along: `_encoders.ts`.
 *
 * @module
 */
import { elementExists, gstreamerVersion, initGStreamer } from "../../ffi/gst.ts";
import { GstPipeline, type PipelineEvents } from "../../ffi/gst_pipeline.ts";
import { ENCODER_CANDIDATES } from "../../src/encode/candidates.ts";

/** An encoder that can be had. */
export interface InstalledEncoder {
  /** GStreamer's element. */
  readonly element: string;
  /** What it makes. */
  readonly codec: "h264" | "h265";
  /** Files that came with it: GStreamer's plugin and, as `libx264.so.164`, the encoder itself. */
  readonly libraries: readonly string[];
}

/** An encoder's own libraries, by name; the rest are helpers such as libstdc++. */
const ENCODING = /26[45]|nvcodec|nvenc|nvv4l2/;

const nothing = (): void => {};
const EVENTS: PipelineEvents = {
  sample: nothing,
  hungry: nothing,
  failed: nothing,
  warning: nothing,
};

async function look(): Promise<void> {
  await initGStreamer();
  // What every pipeline needs is none of the encoder's.
  await load("identity");
  const encoders: InstalledEncoder[] = [];
  for (const { element, codec } of ENCODER_CANDIDATES) {
    if (!elementExists(element)) continue;
    const before = mapped();
    await load(element);
    const libraries = [...mapped()].filter((path) => !before.has(path))
      .map((path) => path.replace(/.*\//, "")).filter((name) => ENCODING.test(name)).sort();
    encoders.push({ element, codec, libraries });
  }
  const answer = { version: gstreamerVersion(), encoders };
  // deno-lint-ignore no-console -- It is a program.
  console.log(JSON.stringify(answer));
}

async function load(element: string): Promise<void> {
  await using _ = new GstPipeline(
    `appsrc name=source ! ${element} name=encoder ! appsink name=sink`,
    EVENTS,
  );
}

/** The libraries that this process has. */
function mapped(): Set<string> {
  const maps = Deno.readTextFileSync("/proc/self/maps");
  return new Set([...maps.matchAll(/(\/\S*\.so[.\d]*)$/gm)].map(([, path = ""]) => path));
}

if (import.meta.main) await look();
