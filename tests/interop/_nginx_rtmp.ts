import { Child } from "../_harness/child.ts";
import { freeTcpPort, untilListening } from "../_harness/tcp_ports.ts";
import type { Workspace } from "../_harness/workspace.ts";

/** Where distributions have nginx's modules. */
const MODULE_DIRECTORIES = ["/usr/lib/nginx/modules", "/usr/lib64/nginx/modules"];

/** nginx with its RTMP module, in the foreground, all its files in the workspace. */
export interface NginxRtmp {
  /** The process. */
  readonly child: Child;
  /** Where it listens. */
  readonly port: number;
}

/**
 * Starts nginx with the application `live`, which takes and gives every stream, and the application
 * `closed`, which takes none. Resolves when it listens.
 *
 * @param askedFirst Where there is one, an application `asking` asks this URL before it takes a stream.
 * @throws {Error} When it cannot start.
 */
export async function startNginxRtmp(
  workspace: Workspace,
  signal: AbortSignal,
  askedFirst?: string,
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
      askedFirst === undefined ? "" : `application asking { live on; on_publish ${askedFirst}; }`
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
  if (path === undefined) throw new Error(`nginx has no RTMP module: there is no ${paths}`);
  return path;
}
