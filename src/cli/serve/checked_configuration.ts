import { stringify } from "smol-toml";
import type { FleetConfiguration } from "../../config/file/fleet_configuration.ts";

/** Returns a configuration as TOML, with files and `[defaults]` merged and secrets masked. */
export function checkedConfiguration({ streams, http, log }: FleetConfiguration): string {
  const table = {
    "log-level": log.level,
    "log-format": log.format,
    ...(http && {
      http: {
        address: `${http.host.includes(":") ? `[${http.host}]` : http.host}:${http.port}`,
        ...(http.tokenFile && { "token-file": http.tokenFile }),
        ...(http.isPublic && { public: true }),
        ...(http.tls && { cert: http.tls.certFile, key: http.tls.keyFile }),
      },
    }),
    streams: Object.fromEntries(streams.map(({ name, settings }) => [name, settings])),
  };
  return `${stringify(table).trimEnd()}\n`;
}
