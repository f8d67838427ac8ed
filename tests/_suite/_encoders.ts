/**
 * Prints as JSON the version of GStreamer, and which of the product's encoders it has, with the
 * libraries of each. Runs as a program: `_encoders.ts`.
 *
 * @module
 */
import { elementExists, gstreamerVersion, initGStreamer } from "../../ffi/gst.ts";
import { GstPipeline, type PipelineEvents } from "../../ffi/gst_pipeline.ts";
import { ENCODER_CANDIDATES } from "../../src/encode/candidates.ts";

/** An available encoder. */
export interface InstalledEncoder {
  /** Name of the GStreamer element. */
  readonly element: string;
  /** Codec that it encodes to. */
  readonly codec: "h264" | "h265";
  /**
   * File names of the libraries that it loads: GStreamer's plugin and the encoder itself, such as
   * `libx264.so.164`.
   */
  readonly libraries: readonly string[];
}

/** Names of encoder libraries, as opposed to helpers such as libstdc++. */
const ENCODING = /26[45]|nvcodec|nvenc|nvv4l2/;

const ignore = (): void => {};
const EVENTS: PipelineEvents = {
  sample: ignore,
  hungry: ignore,
  failed: ignore,
  warning: ignore,
};

async function main(): Promise<void> {
  await initGStreamer();
  // Load what every pipeline needs first, so that it does not count as the encoder's.
  await loadElement("identity");
  const encoders: InstalledEncoder[] = [];
  for (const { element, codec } of ENCODER_CANDIDATES) {
    if (!elementExists(element)) continue;
    const before = mappedLibraries();
    await loadElement(element);
    const libraries = [...mappedLibraries()].filter((path) => !before.has(path))
      .map((path) => path.replace(/.*\//, "")).filter((name) => ENCODING.test(name)).sort();
    encoders.push({ element, codec, libraries });
  }
  const report = { version: gstreamerVersion(), encoders };
  // deno-lint-ignore no-console -- This is a program's output.
  console.log(JSON.stringify(report));
}

async function loadElement(element: string): Promise<void> {
  await using _ = new GstPipeline(
    `appsrc name=source ! ${element} name=encoder ! appsink name=sink`,
    EVENTS,
  );
}

/** Returns the paths of the libraries that this process has loaded. */
function mappedLibraries(): Set<string> {
  const maps = Deno.readTextFileSync("/proc/self/maps");
  return new Set([...maps.matchAll(/(\/\S*\.so[.\d]*)$/gm)].map(([, path = ""]) => path));
}

if (import.meta.main) await main();
