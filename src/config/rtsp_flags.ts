import type { Flag, FlagRequirement } from "./flag.ts";

const group = "RTSP:";
const requires: FlagRequirement = { flag: "rtsp" };

/** Flags of the RTSP server. In a file, they are the keys of `[rtsp]`, without the prefix `rtsp-`. */
export const rtspFlags = [
  {
    kind: "text",
    name: "rtsp",
    placeholder: "ADDRESS:PORT",
    description:
      "Serve each stream as rtsp://ADDRESS:PORT/NAME, for example with 127.0.0.1:8554. The name is that " +
      "of the producer, or of the stream in a file",
    group,
  },
  {
    kind: "choice",
    name: "rtsp-transport",
    choices: ["both", "tcp", "udp"],
    default: "both",
    description:
      "Transport of the packets: within the RTSP connection (tcp), over UDP, or what the client asks for",
    group,
    requires,
  },
  {
    kind: "text",
    name: "rtsp-users-file",
    placeholder: "FILE",
    completion: "file",
    description: "File with the users that may watch, one USER:PASSWORD a line",
    group,
    requires,
  },
  {
    kind: "switch",
    name: "rtsp-public",
    description: "Let anyone who reaches the address watch",
    group,
    requires,
  },
  {
    kind: "switch",
    name: "rtsp-tls",
    description:
      "Serve rtsps:// only, with the certificate of the HTTP server (--http-cert and --http-key)",
    group,
    requires,
  },
] as const satisfies readonly Flag[];
