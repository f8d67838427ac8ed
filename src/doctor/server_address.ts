import { type Certificate, certificateProblem } from "../http/certificate.ts";
import { formatEndpoint } from "../rtp/endpoint.ts";
import { type Finding, Findings, reasonOf } from "./finding.ts";

/** Address of a server, and its certificate and key (PEM). */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
  readonly tls: Certificate | undefined;
}

/** Checks certificate and key, and whether a server can listen, by listening for a moment. */
export function checkServerAddress(
  server: "http" | "rtsp",
  { host, port, tls }: ServerAddress,
): Finding[] {
  const findings = new Findings(server);
  const name = server.toUpperCase();
  if (tls !== undefined) {
    const problem = certificateProblem(tls);
    if (problem === undefined) findings.ok(`Certificate and key for ${name}S belong together`);
    else {
      findings.problem(
        `Certificate and key for ${name}S cannot be used: ${problem}`,
        "Use the certificate chain and the private key that belongs to it, both as PEM",
      );
    }
  }
  const where = formatEndpoint({ host, port });
  try {
    Deno.listen({ hostname: host, port }).close();
    findings.ok(`${name} can be served at ${where}`);
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) {
      findings.warning(
        `${where}, where ${name} is to be served, is in use`,
        `If it is not this configuration that already runs, choose another port for [${server}]`,
      );
    } else {
      findings.problem(
        `${name} cannot be served at ${where}: ${reasonOf(error)}`,
        "Use an address of this machine, and a port above 1023 unless the program may use lower ones",
      );
    }
  }
  return findings.list;
}
