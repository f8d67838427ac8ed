import { AsyncLocalStorage } from "node:async_hooks";
import { basename, dirname, join } from "node:path/posix";
import { getLogger } from "@logtape/logtape";
import type { Reloader } from "./reloader.ts";

const logger = getLogger(["cvmmap", "cli"]);

/** Time without changes before a reload: editors write a file in several steps. */
const QUIET_MS = 300;

/**
 * Reloads on SIGHUP until disposed; with `isWatching`, also when a file of the configuration changes.
 */
export function watchForReload(reloader: Reloader, isWatching: boolean): Disposable {
  const reload = (why: string): void => {
    logger.info("{why}: reloading the configuration", { why });
    reloader.reload().catch((error) => {
      logger.error("The configuration was not reloaded: {error}", { error });
    });
  };
  // A signal may arrive in the context of a stream: its log lines do not belong to that stream.
  const inContext = AsyncLocalStorage.snapshot();
  const onSignal = (): void => inContext(() => reload("SIGHUP"));
  Deno.addSignalListener("SIGHUP", onSignal);
  const watch = isWatching ? watchFiles(reloader, () => reload("A file has changed")) : undefined;
  return {
    [Symbol.dispose]: () => {
      Deno.removeSignalListener("SIGHUP", onSignal);
      watch?.[Symbol.dispose]();
    },
  };
}

/**
 * Watches the files of the configuration, whichever they are after each reload. It watches their directories, because
 * editors may replace a file instead of writing to it.
 */
function watchFiles(reloader: Reloader, onChange: () => void): Disposable {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const schedule = (): void => {
    clearTimeout(timer);
    timer = setTimeout(onChange, QUIET_MS);
  };
  let watched = watchDirectories(reloader.paths, schedule);
  const reloaded = reloader.onReload(() => {
    const before = watched;
    try {
      watched = watchDirectories(reloader.paths, schedule);
      before[Symbol.dispose]();
    } catch (error) {
      logger.error("New files of the configuration are not watched: {error}", { error });
    }
    // It was not watched yet, or the old watcher was closed too early.
    if (reloader.paths.some((path) => wasChangedSince(path, reloader.readAtMs))) schedule();
  });
  return {
    [Symbol.dispose]: () => {
      clearTimeout(timer);
      reloaded[Symbol.dispose]();
      watched[Symbol.dispose]();
    },
  };
}

function watchDirectories(paths: readonly string[], onChange: () => void): Disposable {
  // Events contain real paths. A symbolic link may change, and so may the file that it leads to.
  const files = paths.flatMap((path) => {
    const directory = realPath(dirname(path));
    const target = realPath(path);
    return [
      ...directory === undefined ? [] : [join(directory, basename(path))],
      ...target === undefined ? [] : [target],
    ];
  });
  const watcher = Deno.watchFs([...new Set(files.map(dirname))], { recursive: false });
  const listen = async (): Promise<void> => {
    for await (const { kind, paths: changed } of watcher) {
      if (kind !== "access" && changed.some((path) => files.includes(path))) onChange();
    }
  };
  listen().catch((error) => logger.error("The files are no longer watched: {error}", { error }));
  return { [Symbol.dispose]: () => watcher.close() };
}

/** Returns undefined if there is no such file. */
function realPath(path: string): string | undefined {
  try {
    return Deno.realPathSync(path);
  } catch {
    return undefined;
  }
}

function wasChangedSince(path: string, unixMs: number): boolean {
  try {
    return (Deno.statSync(path).mtime?.getTime() ?? 0) > unixMs;
  } catch {
    return false;
  }
}
