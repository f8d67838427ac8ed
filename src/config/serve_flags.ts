import type { Flag } from "./flag.ts";
import { httpFlags } from "./http_flags.ts";
import { rtspFlags } from "./rtsp_flags.ts";
import { logFlags } from "./common_flags.ts";

/** Flags of `serve`, in the order of its help. They override the file. */
export const serveFlags = [
  {
    kind: "switch",
    name: "check",
    description: "Print what would run, with secrets masked, and exit",
    group: "Configuration:",
  },
  {
    kind: "switch",
    name: "watch",
    description:
      "Reload when the file, one that it extends or a key file changes; SIGHUP does so at any time",
    group: "Configuration:",
  },
  ...httpFlags,
  ...rtspFlags,
  ...logFlags,
] as const satisfies readonly Flag[];
