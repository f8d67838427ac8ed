/**
 * Builds the native shim on a user's machine from the sources that are part of the module.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import denoJson from "../deno.json" with { type: "json" };
import { StreamerError } from "../src/errors.ts";
import { environmentVariable } from "./environment.ts";
import { packageList } from "./library.ts";

const logger = getLogger(["cvmmap", "shim"]);

/** The files of `native/`. They are listed here because a remote directory cannot be. */
export const SHIM_SOURCES = [
  "address.c",
  "address.h",
  "announced_frame.c",
  "announced_frame.h",
  "bus.c",
  "bus.h",
  "clock.c",
  "clock.h",
  "coded_plane.c",
  "coded_plane.h",
  "convert.c",
  "convert.h",
  "event_ring.c",
  "event_ring.h",
  "export.h",
  "fingerprint.c",
  "fingerprint.h",
  "frame_reader.c",
  "frame_reader.h",
  "frame_reader_read.c",
  "frame_reader_read.h",
  "frame_reader_state.h",
  "frame_reader_thread.c",
  "frame_reader_thread.h",
  "gst.c",
  "gst.h",
  "guard.c",
  "guard.h",
  "inbox.c",
  "inbox.h",
  "last_frame.c",
  "last_frame.h",
  "media_clock.c",
  "media_clock.h",
  "offered_memory.c",
  "offered_memory.h",
  "picture_layout.c",
  "picture_layout.h",
  "plane_snapshot.h",
  "producer_view.c",
  "producer_view.h",
  "read.c",
  "read.h",
  "rtcp.c",
  "rtcp.h",
  "segment.c",
  "segment.h",
  "split.h",
  "stream_clock.c",
  "stream_clock.h",
  "subscription.c",
  "subscription.h",
  "text_file.c",
  "text_file.h",
  "udp.c",
  "udp.h",
  "unit_memory.c",
  "unit_memory.h",
  "wakeups.c",
  "wakeups.h",
  "zmq.c",
  "zmq.h",
] as const;

/** The flags of `scripts/build_native.sh`, except for those for developers. */
export const SHIM_FLAGS = [
  "-std=c11",
  "-O3",
  "-fPIC",
  "-shared",
  "-fvisibility=hidden",
  "-Wl,-z,nodelete",
] as const;
/** The libraries of `scripts/build_native.sh`. */
export const SHIM_LIBRARIES = ["-ldl", "-lpthread", "-lrt"] as const;

const FILE = "libcvmmap_shim.so";
const SOURCES = new URL("../native/", import.meta.url);
const PERMISSIONS = "it needs --allow-run=cc, --allow-env=HOME,XDG_CACHE_HOME,CC, read and write " +
  "access to the cache (~/.cache/cvmmap-streamer) and read or network access to the module's files";
const ALTERNATIVE = "or set CVMMAP_SHIM to the path of one that is already built";

/**
 * Builds the shim with the system's C compiler, unless it is already in the cache.
 *
 * @returns Its path in `$XDG_CACHE_HOME/cvmmap-streamer/VERSION-HASH/`. `XDG_CACHE_HOME` defaults to `~/.cache`.
 * @throws {StreamerError} If it cannot be built; the message gives the reason.
 */
export async function buildShim(): Promise<string> {
  try {
    const sources = SOURCES.protocol === "file:" ? await readSources() : undefined;
    const directory = `${cacheDirectory()}/${denoJson.version}-${await identity(sources)}`;
    const path = `${directory}/${FILE}`;
    if (await exists(path)) return path;
    await build(sources ?? await readSources(), directory, path);
    return path;
  } catch (error) {
    throw error instanceof StreamerError ? error : failure(error);
  }
}

async function build(
  sources: ReadonlyMap<string, string>,
  directory: string,
  path: string,
): Promise<void> {
  const compiler = environmentVariable("CC") ?? "cc";
  logger.info("Building the native shim with {compiler}, once, into {path}", { compiler, path });
  // Each of several concurrent builds has its own directory; the last result is kept.
  const buildDirectory = `${directory}/${crypto.randomUUID()}`;
  await Deno.mkdir(buildDirectory, { recursive: true });
  try {
    for (const [name, text] of sources) await Deno.writeTextFile(`${buildDirectory}/${name}`, text);
    const files = [...sources.keys()].filter((name) => name.endsWith(".c"));
    await compile(compiler, [
      ...SHIM_FLAGS,
      "-o",
      `${buildDirectory}/${FILE}`,
      ...files.map((name) => `${buildDirectory}/${name}`),
      ...SHIM_LIBRARIES,
    ]);
    await Deno.rename(`${buildDirectory}/${FILE}`, path);
  } finally {
    await Deno.remove(buildDirectory, { recursive: true });
  }
}

async function compile(compiler: string, args: readonly string[]): Promise<void> {
  let result: Deno.CommandOutput;
  try {
    result = await new Deno.Command(compiler, { args: [...args] }).output();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    const gcc = { debian: "gcc libc6-dev", fedora: "gcc glibc-devel", arch: "gcc" };
    throw refusal(`there is no C compiler (${compiler}): install ${packageList(gcc)}`, error);
  }
  if (result.success) return;
  const [firstError] = new TextDecoder().decode(result.stderr).split("\n")
    .filter((line) => /error|ld:/.test(line));
  throw refusal(`${compiler} failed: ${firstError ?? `exit code ${result.code}`}`);
}

async function readSources(): Promise<Map<string, string>> {
  const texts = SHIM_SOURCES.map(async (name) => {
    const url = new URL(name, SOURCES);
    const response = await fetch(url);
    if (!response.ok) throw new Error(`${url} answers ${response.status}`);
    return [name, await response.text()] as const;
  });
  return new Map(await Promise.all(texts));
}

/** Hashes the sources. Remote sources do not change, so only their URL is hashed. */
async function identity(sources: ReadonlyMap<string, string> | undefined): Promise<string> {
  const text = JSON.stringify([Deno.build.target, SOURCES.href, ...(sources ?? [])]);
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return [...new Uint8Array(hash, 0, 6)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function cacheDirectory(): string {
  const cache = environmentVariable("XDG_CACHE_HOME");
  if (cache !== undefined && cache.startsWith("/")) return `${cache}/cvmmap-streamer`;
  const home = environmentVariable("HOME");
  if (home === undefined) {
    throw refusal(
      "HOME is not set or may not be read (--allow-env=HOME,XDG_CACHE_HOME)",
    );
  }
  return `${home}/.cache/cvmmap-streamer`;
}

async function exists(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function failure(error: unknown): StreamerError {
  const text = error instanceof Error ? error.message : String(error);
  if (error instanceof Deno.errors.NotCapable) return refusal(`${text}; ${PERMISSIONS}`, error);
  return refusal(text, error);
}

function refusal(reason: string, cause?: unknown): StreamerError {
  return new StreamerError(`Cannot build the native shim: ${reason}; ${ALTERNATIVE}`, {
    code: cause instanceof Deno.errors.NotCapable ? "missing_permission" : "shim_not_built",
    cause,
  });
}
