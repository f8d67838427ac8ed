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
  let watched = watchDirectories(reloader.paths, onChange);
  const loaded = reloader.onLoaded(() => {
    watched[Symbol.dispose]();
    watched = watchDirectories(reloader.paths, onChange);
  });
  return {
    [Symbol.dispose]: () => {
      loaded[Symbol.dispose]();
      watched[Symbol.dispose]();
    },
  };
}

function watchDirectories(paths: readonly string[], onChange: () => void): Disposable {
  // Events contain real paths. A symbolic link may change, and so may the file that it leads to.
  const files = paths.flatMap((path) => {
    try {
      return [join(Deno.realPathSync(dirname(path)), basename(path)), Deno.realPathSync(path)];
    } catch {
      // It was removed after it had been read.
      return [];
    }
  });
  const watcher = Deno.watchFs([...new Set(files.map(dirname))], { recursive: false });
  let timer: ReturnType<typeof setTimeout> | undefined;
  const listen = async (): Promise<void> => {
    for await (const { kind, paths: changed } of watcher) {
      if (kind === "access" || !changed.some((path) => files.includes(path))) continue;
      clearTimeout(timer);
      timer = setTimeout(onChange, QUIET_MS);
    }
  };
  listen().catch((error) => logger.error("The files are no longer watched: {error}", { error }));
  return {
    [Symbol.dispose]: () => {
      clearTimeout(timer);
      watcher.close();
    },
  };
}
