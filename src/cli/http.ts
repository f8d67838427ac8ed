import { isLoopback } from "../config/address.ts";
import type { HttpConfiguration } from "../config/http.ts";
import { ConfigurationError } from "../errors.ts";
import { MIN_TOKEN_BYTES } from "../http/access.ts";
import type { HttpServer } from "../http/http_server.ts";
import type { Served } from "../http/served.ts";
import { version } from "./help.ts";

/**
 * Starts the HTTP server.
 *
 * @throws {StreamerError} A file is missing or invalid, or the address is not available.
 */
export async function startHttp(
  configuration: HttpConfiguration,
  served: Served,
): Promise<HttpServer> {
  const { host, port, isPublic } = configuration;
  const { token, tls } = await readHttpFiles(configuration);
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
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
}

/**
 * Reads the files of an HTTP configuration.
 *
 * @throws {ConfigurationError} A file is missing or invalid.
 */
export async function readHttpFiles({ tokenFile, tls }: HttpConfiguration): Promise<HttpFiles> {
  return {
    token: tokenFile === undefined ? undefined : await readToken(tokenFile),
    tls: tls && {
      cert: await readText("http-cert", tls.certFile),
      key: await readText("http-key", tls.keyFile),
    },
  };
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
      : error instanceof Error
      ? error.message
      : String(error);
    throw new ConfigurationError(`Cannot read --${flag} ${JSON.stringify(path)}: ${reason}`);
  }
}
