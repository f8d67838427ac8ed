import type { Flag, FlagRequirement } from "./flag.ts";

const group = "HTTP:";
const requires: FlagRequirement = { flag: "http" };

/** Flags of the HTTP server. In a file, they are the keys of `[http]`, without the prefix `http-`. */
export const httpFlags = [
  {
    kind: "text",
    name: "http",
    placeholder: "ADDRESS:PORT",
    description: "Serve health, metrics and an API at this address, for example 127.0.0.1:9100",
    group,
  },
  {
    kind: "text",
    name: "http-token-file",
    placeholder: "FILE",
    completion: "file",
    description: "File with the bearer token that clients must send, 16 bytes or more",
    group,
    requires,
  },
  {
    kind: "switch",
    name: "http-public",
    description: "Let anyone who reaches the address read; changes still need the token",
    group,
    requires,
  },
  {
    kind: "text",
    name: "http-cert",
    placeholder: "FILE",
    completion: "file",
    description: "Certificate chain (PEM) for HTTPS; needs --http-key",
    group,
    requires,
  },
  {
    kind: "text",
    name: "http-key",
    placeholder: "FILE",
    completion: "file",
    description: "Private key (PEM) of --http-cert",
    group,
    requires,
  },
] as const satisfies readonly Flag[];
