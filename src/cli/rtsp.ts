import type { HttpConfiguration } from "../config/http.ts";
import { parseUsers, type RtspConfiguration } from "../config/rtsp.ts";
import { ConfigurationError, StreamerError } from "../errors.ts";
import type { Served } from "../http/served.ts";
import type { RtspServer } from "../rtsp/rtsp_server.ts";
import { readText } from "./http.ts";

/**
 * Starts the RTSP server.
 *
 * @param timeExtension Returns whether the packets of a stream carry the capture time.
 * @throws {StreamerError} A file is missing or invalid, or the address is not available.
 */
export async function startRtsp(
  configuration: RtspConfiguration,
  served: Served,
  timeExtension: (name: string) => boolean,
): Promise<RtspServer> {
  const { host, port, transports } = configuration;
  const { users, tls } = await readRtspFiles(configuration);
  const { RtspServer } = await import("../rtsp/rtsp_server.ts");
  return await RtspServer.open({ host, port, transports, users, tls }, {
    names: () => served.reports().map(({ name }) => name),
    stream: (name) => served.stream(name),
    timeExtension,
  });
}

/** Contents of the files of an RTSP configuration. */
export interface RtspFiles {
  /** Undefined if everyone may watch. */
  readonly users: ReadonlyMap<string, string> | undefined;
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
}

/**
 * Reads the files of an RTSP configuration.
 *
 * @throws {ConfigurationError} A file is missing or invalid.
 */
export async function readRtspFiles(
  { usersFile, users, tls }: RtspConfiguration,
): Promise<RtspFiles> {
  const all = { ...users, ...(usersFile !== undefined && await readUsers(usersFile)) };
  return {
    users: Object.keys(all).length === 0 ? undefined : new Map(Object.entries(all)),
    tls: tls && await readCertificate(tls),
  };
}

async function readUsers(path: string): Promise<Record<string, string>> {
  const text = await readText("rtsp-users-file", path);
  try {
    return parseUsers(text);
  } catch (error) {
    if (!(error instanceof StreamerError)) throw error;
    throw new ConfigurationError(
      `Invalid --rtsp-users-file ${JSON.stringify(path)}: ${error.message}`,
    );
  }
}

async function readCertificate(
  { certFile, keyFile }: NonNullable<HttpConfiguration["tls"]>,
): Promise<NonNullable<RtspFiles["tls"]>> {
  return {
    cert: await readText("http-cert", certFile),
    key: await readText("http-key", keyFile),
  };
}
