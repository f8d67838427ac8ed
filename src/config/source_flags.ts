import type { Flag } from "./flag.ts";

/** Flags that name a producer's segment and socket: of the stream as a reader, of `simulate` as the producer. */
export const sourceFlags = [
  {
    kind: "text",
    name: "shm-name",
    placeholder: "NAME",
    description: "POSIX shared memory segment; goes with --zmq-endpoint",
    group: "Source:",
  },
  {
    kind: "text",
    name: "zmq-endpoint",
    placeholder: "URI",
    description: "ZeroMQ endpoint of the sync messages: ipc://PATH or tcp://HOST:PORT",
    group: "Source:",
  },
  {
    kind: "text",
    name: "target",
    placeholder: "URI",
    description: "In place of those two: INSTANCE or cvmmap://INSTANCE[@PREFIX][?namespace=NS]",
    group: "Source:",
  },
] as const satisfies readonly Flag[];
