import { stringify } from "smol-toml";
import { MASK } from "../../config/file/masked_settings.ts";
import { formatEndpoint } from "../../rtp/endpoint.ts";
import type { FleetConfiguration } from "../../config/file/fleet_configuration.ts";

/** Returns a configuration as TOML, with files and `[defaults]` merged and secrets masked. */
export function checkedConfiguration({ streams, http, rtsp, log }: FleetConfiguration): string {
  const users = Object.keys(rtsp?.users ?? {});
  const table = {
    "log-level": log.level,
    "log-format": log.format,
    ...(http && {
      http: {
        address: formatEndpoint(http),
        ...(http.tokenFile && { "token-file": http.tokenFile }),
        ...(http.isPublic && { public: true }),
        ...(http.tls && { cert: http.tls.certFile, key: http.tls.keyFile }),
      },
    }),
    ...(rtsp && {
      rtsp: {
        address: formatEndpoint(rtsp),
        transport: rtsp.transports.length > 1 ? "both" : rtsp.transports[0],
        ...(rtsp.usersFile && { "users-file": rtsp.usersFile }),
        ...(rtsp.isPublic && { public: true }),
        ...(rtsp.tls && { tls: true }),
        ...(users.length > 0 && { users: Object.fromEntries(users.map((user) => [user, MASK])) }),
      },
    }),
    streams: Object.fromEntries(streams.map(({ name, settings }) => [name, settings])),
  };
  return `${stringify(table).trimEnd()}\n`;
}
