import { AsyncLocalStorage } from "node:async_hooks";
import { dirname } from "node:path/posix";
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

/** Watches the directories, because editors may replace a file instead of writing to it. */
function watchFiles(reloader: Reloader, onChange: () => void): Disposable {
  // Events contain real paths.
  const directories = [...new Set(reloader.paths.map((path) => Deno.realPathSync(dirname(path))))];
  const watcher = Deno.watchFs(directories, { recursive: false });
  let timer: ReturnType<typeof setTimeout> | undefined;
  const listen = async (): Promise<void> => {
    for await (const { kind, paths } of watcher) {
      if (kind === "access") continue;
      const names = new Set(reloader.paths.map(baseOf));
      if (!paths.some((path) => names.has(baseOf(path)))) continue;
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

function baseOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
