import { quote } from "./_quote.ts";
import type { ContractErrorCode } from "../error_code.ts";
import { ContractError } from "./errors.ts";

/** Location of a producer. */
export interface Target {
  /** Name of the producer, for example `camera0`. */
  readonly instance: string;
  /**
   * Absolute path of the socket's directory.
   *
   * @default "/tmp"
   */
  readonly prefix: string;
  /**
   * Prefix of the names of the segment and the socket.
   *
   * @default "cvmmap"
   */
  readonly namespace: string;
  /** Name of the shared memory segment, without a leading `/`. */
  readonly shmName: string;
  /** ZeroMQ address of the sync messages. */
  readonly zmqEndpoint: string;
}

const SCHEME = "cvmmap://";
const DEFAULT_PREFIX = "/tmp";
const DEFAULT_NAMESPACE = "cvmmap";
const INSTANCE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,22}$/;
const NAMESPACE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/;
/** `sun_path` has 108 bytes, the last of which is a NUL. */
const SOCKET_PATH_MAX = 107;

/**
 * Parses `cvmmap://<instance>[@<prefix>][?namespace=<ns>]` or a plain `<instance>`.
 *
 * @throws {ContractError} With the code of the violated rule.
 *
 * @example
 * ```ts
 * import { parseTarget } from "./target.ts";
 * import assert from "node:assert/strict";
 *
 * const target = parseTarget("cvmmap://camera0@/run/cvmmap?namespace=zed");
 * assert.equal(target.shmName, "zed_camera0");
 * assert.equal(target.zmqEndpoint, "ipc:///run/cvmmap/zed_camera0");
 * ```
 */
export function parseTarget(text: string): Target {
  const refuse = (code: ContractErrorCode, detail: string): ContractError =>
    new ContractError(
      code,
      `Invalid target ${quote(text)}: ${detail}`,
    );

  if (!text.startsWith(SCHEME)) {
    if (/[@?/]/.test(text)) {
      throw refuse(
        "target_plain_name",
        `got "@", "?" or "/" in a plain name, which are allowed only after ${SCHEME}`,
      );
    }
    return resolve(text, DEFAULT_PREFIX, DEFAULT_NAMESPACE, refuse);
  }

  const body = text.slice(SCHEME.length);
  const [authority, query] = splitAt(body, "?");
  const [instance, prefix] = splitAt(authority, "@");
  if (prefix?.includes("@")) {
    throw refuse("target_at_sign", 'got more than one "@", allowed is one before the prefix');
  }
  return resolve(
    instance,
    prefix ?? DEFAULT_PREFIX,
    query === undefined ? DEFAULT_NAMESPACE : parseNamespace(query, refuse),
    refuse,
  );
}

/**
 * Formats a target as a URI without the defaults. Parsing the URI returns the same target.
 *
 * @example
 * ```ts
 * import { formatTarget, parseTarget } from "./target.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(formatTarget(parseTarget("default")), "cvmmap://default");
 * ```
 */
export function formatTarget(
  target: Pick<Target, "instance" | "prefix" | "namespace">,
): string {
  const prefix = target.prefix === DEFAULT_PREFIX ? "" : `@${target.prefix}`;
  const query = target.namespace === DEFAULT_NAMESPACE ? "" : `?namespace=${target.namespace}`;
  return `${SCHEME}${target.instance}${prefix}${query}`;
}

type Refuse = (code: ContractErrorCode, detail: string) => ContractError;

function splitAt(text: string, mark: string): [before: string, after: string | undefined] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function parseNamespace(query: string, refuse: Refuse): string {
  let namespace: string | undefined;
  for (const part of query.split("&")) {
    const [key, value] = splitAt(part, "=");
    if (key !== "namespace") {
      throw refuse("target_query_key", `got the query key ${quote(key)}, allowed is "namespace"`);
    }
    if (namespace !== undefined) {
      throw refuse("target_query_repeated", "got more than one namespace, allowed is one");
    }
    if (value === undefined || value === "") {
      throw refuse(
        "target_namespace_empty",
        "got an empty namespace, allowed is at least 1 character",
      );
    }
    namespace = value;
  }
  return namespace ?? DEFAULT_NAMESPACE;
}

function resolve(instance: string, prefix: string, namespace: string, refuse: Refuse): Target {
  if (!INSTANCE.test(instance)) {
    throw refuse(
      "target_instance",
      `got the instance ${quote(instance)}, allowed is ${INSTANCE.source.slice(1, -1)}`,
    );
  }
  if (!NAMESPACE.test(namespace)) {
    throw refuse(
      "target_namespace",
      `got the namespace ${quote(namespace)}, allowed is ${NAMESPACE.source.slice(1, -1)}`,
    );
  }
  const directory = checkPrefix(prefix, refuse);
  const base = `${namespace}_${instance}`;
  const socketPath = directory === "/" ? `/${base}` : `${directory}/${base}`;
  const size = new TextEncoder().encode(socketPath).length;
  if (size > SOCKET_PATH_MAX) {
    throw refuse(
      "target_socket_path",
      `got a socket path of ${size} bytes, allowed are up to ${SOCKET_PATH_MAX}`,
    );
  }
  return {
    instance,
    prefix: directory,
    namespace,
    shmName: base,
    zmqEndpoint: `ipc://${socketPath}`,
  };
}

/** Checks the prefix and removes its trailing `/`, unless it is the root directory. */
function checkPrefix(prefix: string, refuse: Refuse): string {
  const got = `got the prefix ${quote(prefix)}`;
  if (!prefix.startsWith("/")) {
    throw refuse("target_prefix_relative", `${got}, allowed is an absolute path`);
  }
  if (prefix.includes("\\")) {
    throw refuse("target_prefix_backslash", `${got}, allowed is a path without a backslash`);
  }
  if (prefix.includes("\0")) {
    throw refuse("target_prefix_nul", `${got}, allowed is a path without a NUL`);
  }
  if (prefix === "/") return prefix;
  const directory = prefix.endsWith("/") ? prefix.slice(0, -1) : prefix;
  const segments = directory.slice(1).split("/");
  if (segments.includes("")) {
    throw refuse("target_prefix_empty_segment", `${got}, allowed is a path without "//"`);
  }
  if (segments.includes(".") || segments.includes("..")) {
    throw refuse("target_prefix_dot_segment", `${got}, allowed is a path without "." and ".."`);
  }
  return directory;
}
