import { normalizeShmName } from "../contract/shm_name.ts";
import { parseTarget } from "../contract/target.ts";
import type { SourceAddress } from "../ingest/options.ts";
import { ConfigurationError } from "../errors.ts";
import type { FlagValues } from "./flag.ts";
import { quote } from "./read_flags.ts";
import type { sourceFlags } from "./source_flags.ts";

/** Longest path of a Unix socket in bytes: `sun_path` of sockaddr_un less its NUL (unix(7)). */
const MAX_SOCKET_PATH_BYTES = 107;

/**
 * The producer that the flags name, or undefined where they name none.
 *
 * @throws {StreamerError} If a name is not valid, if half of the pair is missing, or if
 * both ways of naming are used at once.
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
 * As {@linkcode sourceAddress}, where a source is required.
 *
 * @throws {StreamerError} If there is none, or it is not valid.
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
      `Invalid --zmq-endpoint ${quote(text)}: the path may have ${MAX_SOCKET_PATH_BYTES} bytes`,
    );
  }
  const port = Number(/^.+:([0-9]{1,5})$/.exec(address)?.[1]);
  if (scheme === "tcp" && !(port >= 1 && port <= 65535)) {
    throw new ConfigurationError(
      `Invalid --zmq-endpoint ${quote(text)}: expected tcp://HOST:PORT with a port from 1 to 65535`,
    );
  }
}
