import { normalizeShmName } from "../contract/shm_name.ts";
import { parseTarget } from "../contract/target.ts";
import type { SourceAddress } from "../ingest/options.ts";
import { ConfigurationError } from "../errors.ts";
import type { Flag, FlagValues } from "./flag.ts";
import { quote } from "./read_flags.ts";

/** Flags for the segment and socket of a producer: the one to read, or the one to run for `simulate`. */
export const sourceFlags = [
  {
    kind: "text",
    name: "shm-name",
    placeholder: "NAME",
    description: "Name of the POSIX shared memory segment; requires --zmq-endpoint",
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
    description:
      "Target of the producer, instead of --shm-name and --zmq-endpoint: INSTANCE or cvmmap://INSTANCE[@PREFIX][?namespace=NS]",
    group: "Source:",
  },
] as const satisfies readonly Flag[];

/** Maximum length of the path of a Unix socket in bytes: `sun_path` of sockaddr_un without its NUL (unix(7)). */
const MAX_SOCKET_PATH_BYTES = 107;

/**
 * Reads the address of the producer from the flags. Returns undefined if they do not name a producer.
 *
 * @throws {StreamerError} If a name is not valid, if only one of `--shm-name` and `--zmq-endpoint` is
 * given, or if one of them is combined with `--target`.
 */
export function sourceAddress(values: FlagValues<typeof sourceFlags>): SourceAddress | undefined {
  const { "shm-name": shmName, "zmq-endpoint": zmqEndpoint, target } = values;
  if (target !== undefined) {
    const other = shmName !== undefined ? "--shm-name" : zmqEndpoint && "--zmq-endpoint";
    if (other) {
      throw new ConfigurationError(`--target and ${other} exclude each other: give one of them`);
    }
    const address = parseTarget(target);
    return { shmName: address.shmName, zmqEndpoint: address.zmqEndpoint };
  }
  if (shmName === undefined && zmqEndpoint === undefined) return undefined;
  if (shmName === undefined) throw new ConfigurationError("--zmq-endpoint needs --shm-name NAME");
  if (zmqEndpoint === undefined) {
    throw new ConfigurationError("--shm-name needs --zmq-endpoint URI");
  }
  checkZmqEndpoint(zmqEndpoint);
  return { shmName: normalizeShmName(shmName), zmqEndpoint };
}

/**
 * Like {@linkcode sourceAddress}, but requires a source.
 *
 * @throws {StreamerError} If the source is missing or not valid.
 */
export function requiredSourceAddress(values: FlagValues<typeof sourceFlags>): SourceAddress {
  const source = sourceAddress(values);
  if (source !== undefined) return source;
  throw new ConfigurationError(
    "Missing source: give --shm-name NAME with --zmq-endpoint URI, or --target URI",
  );
}

function checkZmqEndpoint(text: string): void {
  const [, scheme, address] = /^(ipc|tcp):\/\/(.+)$/.exec(text) ?? [];
  if (scheme === undefined || address === undefined) {
    throw new ConfigurationError(
      `Invalid --zmq-endpoint ${quote(text)}: expected ipc://PATH or tcp://HOST:PORT`,
    );
  }
  if (scheme === "ipc" && new TextEncoder().encode(address).length > MAX_SOCKET_PATH_BYTES) {
    throw new ConfigurationError(
      `Invalid --zmq-endpoint ${
        quote(text)
      }: the path may have at most ${MAX_SOCKET_PATH_BYTES} bytes`,
    );
  }
  const port = Number(/^.+:([0-9]{1,5})$/.exec(address)?.[1]);
  if (scheme === "tcp" && !(port >= 1 && port <= 65535)) {
    throw new ConfigurationError(
      `Invalid --zmq-endpoint ${quote(text)}: expected tcp://HOST:PORT with a port from 1 to 65535`,
    );
  }
}
