import { isLoopback } from "../config/address.ts";
import type { HttpConfiguration } from "../config/http.ts";
import { ConfigurationError } from "../errors.ts";
import { MIN_TOKEN_BYTES } from "../http/access.ts";
import { type Certificate, certificateProblem } from "../http/certificate.ts";
import type { HttpServer } from "../http/http_server.ts";
import type { Served } from "../http/served.ts";
import { version } from "./help.ts";

/**
 * Starts the HTTP server.
 *
 * @throws {StreamerError} The address is not available.
 */
export async function startHttp(
  { host, port, isPublic }: HttpConfiguration,
  { token, tls }: HttpFiles,
  served: Served,
): Promise<HttpServer> {
  const { HttpServer } = await import("../http/http_server.ts");
  const { Metrics } = await import("../http/metrics.ts");
  const metrics = new Metrics(served, version);
  return HttpServer.open(served, {
    host,
    port,
    access: {
      isLoopback: isLoopback(host),
      isPublic,
      token,
    },
    tls,
    version,
    metrics: () => metrics.answer(),
  });
}

/** Contents of the files of an HTTP configuration. */
export interface HttpFiles {
  readonly token: string | undefined;
  readonly tls: Certificate | undefined;
}

/**
 * Reads the files of an HTTP configuration.
 *
 * @throws {ConfigurationError} A file is missing or invalid.
 */
export async function readHttpFiles({ tokenFile, tls }: HttpConfiguration): Promise<HttpFiles> {
  return {
    token: tokenFile === undefined ? undefined : await readToken(tokenFile),
    tls: tls && await readCertificate(tls),
  };
}

/**
 * Reads the certificate of the servers.
 *
 * @throws {ConfigurationError} A file cannot be read, or has something else.
 */
export async function readCertificate(
  { certFile, keyFile }: NonNullable<HttpConfiguration["tls"]>,
): Promise<Certificate> {
  return {
    cert: await readPem("http-cert", certFile, "CERTIFICATE"),
    key: await readPem("http-key", keyFile, "PRIVATE KEY"),
  };
}

/**
 * Checks that certificate and key belong together.
 *
 * @throws {ConfigurationError} They do not, or one of them is damaged.
 */
export function checkCertificate(
  { certFile, keyFile }: NonNullable<HttpConfiguration["tls"]>,
  certificate: Certificate,
): void {
  const problem = certificateProblem(certificate);
  if (problem === undefined) return;
  throw new ConfigurationError(
    `--http-cert ${JSON.stringify(certFile)} and --http-key ${JSON.stringify(keyFile)} do not ` +
      `belong together, or are damaged: ${problem}`,
  );
}

async function readPem(flag: string, path: string, label: string): Promise<string> {
  const text = await readText(flag, path);
  const labels = [...text.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----/g)].map(([, found = ""]) => found);
  const isUsable = (found: string): boolean => found.endsWith(label) && !/^ENCRYPTED/.test(found);
  if (labels.some(isUsable)) return text;
  const got = labels.length === 0 ? "no PEM data" : [...new Set(labels)].join(" and ");
  throw new ConfigurationError(
    `Invalid --${flag} ${JSON.stringify(path)}: expected a PEM file with a ${label}, got ${got}`,
  );
}

async function readToken(path: string): Promise<string> {
  const token = (await readText("http-token-file", path)).trim();
  if (/^[!-~]+$/.test(token) && token.length >= MIN_TOKEN_BYTES) return token;
  throw new ConfigurationError(
    `Invalid --http-token-file ${JSON.stringify(path)}: expected ${MIN_TOKEN_BYTES} or more ` +
      "printable ASCII characters, without spaces",
  );
}

/**
 * Reads a file that a flag names.
 *
 * @throws {ConfigurationError} It cannot be read.
 */
export async function readText(flag: string, path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    const reason = error instanceof Deno.errors.NotFound
      ? "there is no such file"
      : error instanceof Deno.errors.IsADirectory
      ? "it is a directory"
      : error instanceof Error
      ? error.message
      : String(error);
    throw new ConfigurationError(`Cannot read --${flag} ${JSON.stringify(path)}: ${reason}`);
  }
}
