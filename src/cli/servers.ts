import type { HttpConfiguration } from "../config/http.ts";
import type { RtspConfiguration } from "../config/rtsp.ts";
import type { Served } from "../http/served.ts";
import { checkCertificate, type HttpFiles, readHttpFiles, startHttp } from "./http.ts";
import { readRtspFiles, type RtspFiles, startRtsp } from "./rtsp.ts";

/** The servers of the process; undefined if they are off. */
export interface Servers {
  readonly http: HttpConfiguration | undefined;
  readonly rtsp: RtspConfiguration | undefined;
}

/** Contents of the files that a configuration of servers names. */
export interface ServerFiles {
  readonly http: HttpFiles | undefined;
  readonly rtsp: RtspFiles | undefined;
}

/** Returns an error about a server's files with its place in the configuration. */
export type Placed = (server: keyof Servers, error: unknown) => unknown;

const UNPLACED: Placed = (_, error) => error;

/**
 * Reads the files that a configuration of servers names.
 *
 * @throws {ConfigurationError} A file is missing or invalid.
 */
export async function readServerFiles(
  { http, rtsp }: Servers,
  placed: Placed = UNPLACED,
): Promise<ServerFiles> {
  return {
    http: http && await inPlace("http", placed, () => readHttpFiles(http)),
    rtsp: rtsp && await inPlace("rtsp", placed, () => readRtspFiles(rtsp)),
  };
}

async function inPlace<T>(
  server: keyof Servers,
  placed: Placed,
  work: () => T | Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw placed(server, error);
  }
}

/**
 * Reads the files that a configuration of servers names, and checks that they can be used.
 *
 * @throws {ConfigurationError} A file is missing or invalid, or certificate and key do not belong together.
 */
export async function usableServerFiles(
  servers: Servers,
  placed: Placed = UNPLACED,
): Promise<ServerFiles> {
  const files = await readServerFiles(servers, placed);
  // The RTSP server has the same certificate.
  const [names, certificate] = [servers.http?.tls, files.http?.tls];
  if (names !== undefined && certificate !== undefined) {
    await inPlace("http", placed, () => checkCertificate(names, certificate));
  }
  return files;
}

/**
 * Starts the servers.
 *
 * @param timeExtension Returns whether the packets of a stream carry the capture time.
 * @throws {StreamerError} An address is not available.
 */
export async function startServers(
  { http, rtsp }: Servers,
  files: ServerFiles,
  served: Served,
  timeExtension: (name: string) => boolean,
): Promise<AsyncDisposable> {
  await using servers = new AsyncDisposableStack();
  if (http && files.http) servers.use(await startHttp(http, files.http, served));
  if (rtsp && files.rtsp) servers.use(await startRtsp(rtsp, files.rtsp, served, timeExtension));
  return servers.move();
}
