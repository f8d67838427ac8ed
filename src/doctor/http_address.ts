import { type Finding, Findings, reasonOf } from "./finding.ts";

/** Address of an HTTP server, and its certificate and key (PEM). */
export interface HttpAddress {
  readonly host: string;
  readonly port: number;
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
}

/** Checks whether the HTTP server can listen, by listening for a moment. */
export function checkHttpAddress({ host, port, tls }: HttpAddress): Finding {
  const findings = new Findings("http");
  const where = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  try {
    if (tls === undefined) Deno.listen({ hostname: host, port }).close();
    else Deno.listenTls({ hostname: host, port, ...tls }).close();
    findings.ok(`HTTP can be served at ${where}`);
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) {
      findings.warning(
        `${where}, where HTTP is to be served, is in use`,
        "If it is not this configuration that already runs, choose another port for [http]",
      );
    } else if (error instanceof Deno.errors.InvalidData) {
      findings.problem(
        `Certificate and key for HTTPS cannot be used: ${reasonOf(error)}`,
        "Use the certificate chain and the private key that belongs to it, both as PEM",
      );
    } else {
      findings.problem(
        `HTTP cannot be served at ${where}: ${reasonOf(error)}`,
        "Use an address of this machine, and a port above 1023 unless the program may use lower ones",
      );
    }
  }
  return findings.list[0]!;
}
