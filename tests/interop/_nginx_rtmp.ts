import { Child } from "../_harness/child.ts";
import { freeTcpPort, untilListening } from "../_harness/tcp_ports.ts";
import type { Workspace } from "../_harness/workspace.ts";

/** Directories of nginx's modules in different distributions. */
const MODULE_DIRECTORIES = ["/usr/lib/nginx/modules", "/usr/lib64/nginx/modules"];

/** nginx with its RTMP module, running in the foreground with all files in the workspace. */
export interface NginxRtmp {
  /** The process. */
  readonly child: Child;
  /** RTMP port. */
  readonly port: number;
}

/**
 * Starts nginx and waits until it listens. The application `live` accepts and plays every stream,
 * the application `closed` refuses all.
 *
 * @param onPublishUrl If set, there is an application `asking` that calls this URL before it
 * accepts a stream.
 * @throws {Error} If nginx cannot start.
 */
export async function startNginxRtmp(
  workspace: Workspace,
  signal: AbortSignal,
  onPublishUrl?: string,
): Promise<NginxRtmp> {
  const port = freeTcpPort();
  const path = workspace.path("nginx.conf");
  Deno.writeTextFileSync(
    path,
    `load_module ${modulePath(workspace)};
    daemon off;
    master_process off;
    error_log stderr notice;
    pid ${workspace.path("nginx.pid")};
    events {}
    rtmp {
      access_log off;
      server {
        listen 127.0.0.1:${port};
        application live { live on; wait_key on; wait_video on; }
        application closed { live on; deny publish all; }
        ${
      onPublishUrl === undefined
        ? ""
        : `application asking { live on; on_publish ${onPublishUrl}; }`
    }
      }
    }`,
  );
  const child = new Child({
    name: "nginx",
    command: "nginx",
    args: ["-e", "stderr", "-p", workspace.directory, "-c", path],
    signal,
  });
  try {
    await untilListening(port, child, signal);
    return { child, port };
  } catch (error) {
    await child[Symbol.asyncDispose]();
    throw error;
  }
}

function modulePath(workspace: Workspace): string {
  const paths = MODULE_DIRECTORIES.map((directory) => `${directory}/ngx_rtmp_module.so`);
  const path = paths.find((path) => workspace.has(path));
  if (path === undefined) throw new Error(`nginx has no RTMP module: found none of ${paths}`);
  return path;
}
