import { parseUsers, type RtspConfiguration } from "../config/rtsp.ts";
import { ConfigurationError, StreamerError } from "../errors.ts";
import type { Served } from "../http/served.ts";
import type { RtspServer } from "../rtsp/rtsp_server.ts";
import type { Certificate } from "../http/certificate.ts";
import { readCertificate, readText } from "./http.ts";

/**
 * Starts the RTSP server.
 *
 * @param timeExtension Returns whether the packets of a stream carry the capture time.
 * @throws {StreamerError} The address is not available.
 */
export async function startRtsp(
  { host, port, transports }: RtspConfiguration,
  { users, tls }: RtspFiles,
  served: Served,
  timeExtension: (name: string) => boolean,
): Promise<RtspServer> {
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
  readonly tls: Certificate | undefined;
}

/**
 * Reads the files of an RTSP configuration.
 *
 * @throws {ConfigurationError} A file is missing or invalid.
 */
export async function readRtspFiles(
  { usersFile, users, tls }: RtspConfiguration,
): Promise<RtspFiles> {
  const all = new Map(Object.entries(users));
  if (usersFile !== undefined) {
    for (const [user, password] of await readUsers(usersFile)) {
      if (all.has(user)) {
        throw new ConfigurationError(
          `--rtsp-users-file ${
            JSON.stringify(usersFile)
          } has a user who is in [rtsp.users], too: ` +
            JSON.stringify(user),
        );
      }
      all.set(user, password);
    }
  }
  return {
    users: all.size === 0 ? undefined : all,
    tls: tls && await readCertificate(tls),
  };
}

async function readUsers(path: string): Promise<Map<string, string>> {
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
