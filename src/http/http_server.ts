import { AsyncLocalStorage } from "node:async_hooks";
import { getLogger } from "@logtape/logtape";
import { environmentVariable } from "../../ffi/environment.ts";
import { StreamerError } from "../errors.ts";
import { sleep } from "../sleep.ts";
import { within } from "../within.ts";
import { type AccessRules, refusalOf } from "./access.ts";
import { type Answer, problem, responseOf } from "./answer.ts";
import { FrontDoor } from "./front_door.ts";
import { RequestLimits } from "./limits.ts";
import { LiveStreams } from "./live_streams.ts";
import { openApiDocument } from "./openapi.ts";
import { pageResponse } from "./page.ts";
import { type Route, ROUTES } from "./routes.ts";
import { Snapshots } from "./snapshots.ts";
import type { Served } from "./served.ts";

/** How long pending responses may take when the server is closed. */
const SHUTDOWN_MS = 1000;
/** Wait before the runtime's server is started again after it has ended, for example because of too many open files. */
const RESTART_MS = 500;

/** Path of the live pictures, which are not an answer but a WebSocket. */
const LIVE_PATH = "/api/v1/streams/{name}/live";
/** Path of single pictures. */
const SNAPSHOT_PATH = "/api/v1/streams/{name}/snapshot.jpg";

const logger = getLogger(["cvmmap", "http"]);

/** Options of {@linkcode HttpServer.open}. */
export interface HttpServerOptions {
  /** Literal address, or `localhost`. */
  readonly host: string;
  /** 0 to 65535; 0: any that is free. */
  readonly port: number;
  readonly access: AccessRules;
  /** Certificate chain and private key (PEM), for HTTPS. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  /** Version of the program. */
  readonly version: string;
  /** Metrics in Prometheus' text format. */
  readonly metrics: () => Promise<Answer>;
}

/** Health, metrics and the API over HTTP, until it is disposed. */
export class HttpServer implements AsyncDisposable {
  readonly #served: Served;
  readonly #options: HttpServerOptions;
  readonly #limits = new RequestLimits();
  readonly #live: LiveStreams;
  readonly #snapshots = new Snapshots();
  readonly #closing = new AbortController();
  readonly #frontDoor: FrontDoor;
  #server: Deno.HttpServer;
  #path = "";
  /** Directory of the socket between the front door and the runtime's server. Only this user may enter it. */
  readonly #directory = makeSocketDirectory();

  private constructor(served: Served, options: HttpServerOptions) {
    const { host, port, tls } = options;
    this.#served = served;
    this.#live = new LiveStreams(served);
    this.#options = options;
    try {
      this.#frontDoor = FrontDoor.open({ host, port, tls, path: () => this.#path });
    } catch (error) {
      removeDirectory(this.#directory);
      throw error;
    }
    this.#server = this.#serve();
    this.#keepServing();
  }

  /**
   * Listens.
   *
   * @throws {StreamerError} `http_listen_failed`: the system refuses the address, or the certificate is not valid.
   */
  static open(served: Served, options: HttpServerOptions): HttpServer {
    try {
      const server = new HttpServer(served, options);
      logger.info("Serving health, metrics and API at {url}", { url: server.url });
      return server;
    } catch (error) {
      const reason = error instanceof Deno.errors.AddrInUse
        ? "the address is in use"
        : error instanceof Error
        ? error.message
        : String(error);
      throw new StreamerError(`Cannot serve HTTP at ${addressText(options)}: ${reason}`, {
        code: "http_listen_failed",
        cause: error,
      });
    }
  }

  /** URL for log messages. */
  get url(): string {
    const { tls, host } = this.#options;
    const { port } = this.#frontDoor;
    return `${tls === undefined ? "http" : "https"}://${addressText({ host, port })}`;
  }

  /** Stops listening. Waits up to a second for pending responses. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    this.#frontDoor.close();
    await within(SHUTDOWN_MS, this.#server.shutdown());
    await this.#frontDoor[Symbol.asyncDispose]();
    removeDirectory(this.#directory);
  }

  #serve(): Deno.HttpServer {
    const path = `${this.#directory}/${crypto.randomUUID()}`;
    // A request may arrive in the context of a stream: its log lines do not belong to that stream.
    const inContext = AsyncLocalStorage.snapshot();
    const server = Deno.serve({
      path,
      onListen: () => {},
      onError: (error) => {
        inContext(() => logger.error("A request failed: {error}", { error }));
        return responseOf(problem(500, "Unexpected error"));
      },
    }, (request) => inContext(() => this.#answer(request)));
    this.#path = path;
    return server;
  }

  /** Serves again when the runtime has stopped, which it does when the process runs out of files. */
  async #keepServing(): Promise<void> {
    const { signal } = this.#closing;
    while (true) {
      await this.#server.finished.catch(() => {});
      await sleep(RESTART_MS, signal);
      if (signal.aborted) return;
      try {
        this.#server = this.#serve();
        logger.warn(
          "The HTTP server had stopped, and continues. Are too many files open (ulimit -n)?",
        );
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        logger.warn("The HTTP server cannot continue yet: {reason}", { reason });
      }
    }
  }

  async #answer(request: Request): Promise<Response> {
    const answer = await this.#limits.within(request, () => this.#route(request));
    return answer instanceof Response ? answer : responseOf(problem(answer.status, answer.message));
  }

  async #route(request: Request): Promise<Response> {
    const url = URL.parse(request.url);
    if (url === null) return responseOf(problem(400, "Invalid Host"));
    const { pathname } = url;
    const found = findRoute(request.method, pathname);
    const isRead = request.method === "GET" || request.method === "HEAD";
    const page = isRead ? pageResponse(pathname) : undefined;
    const liveName = nameIn(LIVE_PATH, pathname);
    const access = page !== undefined
      ? "page"
      : liveName !== undefined
      ? "watch"
      : "route" in found
      ? found.route.access
      : "read";
    const refusal = refusalOf(
      this.#hostOf(request),
      request.headers,
      access,
      this.#options.access,
    );
    if (refusal !== undefined) {
      const more = refusal.status === 401 ? { "www-authenticate": "Bearer" } : undefined;
      return responseOf(problem(refusal.status, refusal.message), more);
    }
    if (page !== undefined) return page;
    if (liveName !== undefined && request.method === "GET") {
      return this.#live.answer(request, liveName);
    }
    const pictured = nameIn(SNAPSHOT_PATH, pathname);
    if (pictured !== undefined && isRead) {
      const stream = this.#served.stream(pictured);
      if (stream === undefined) return responseOf(problem(404, "Unknown stream"));
      return responseOf(await this.#snapshots.answer(stream, pictured));
    }
    if ("route" in found) return responseOf(await found.route.handle(this.#served, found.name));
    if (found.allowed.length > 0) {
      return responseOf(problem(405, `Expected ${found.allowed.join(" or ")}`), {
        allow: found.allowed.join(", "),
      });
    }
    if (!isRead) return responseOf(problem(405, "Expected GET"), { allow: "GET" });
    return responseOf(await this.#other(pathname, request));
  }

  /** Handles paths that are not among the routes. */
  #other(pathname: string, request: Request): Answer | Promise<Answer> {
    switch (pathname) {
      case "/api/v1/access":
        return { status: 200, body: { change: this.#mayChange(request) } };
      case "/metrics":
        return this.#options.metrics();
      case "/api/v1/openapi.json":
        return { status: 200, body: openApiDocument(this.#options.version) };
      default:
        return problem(404, "Not found; see /api/v1/openapi.json");
    }
  }

  #mayChange(request: Request): boolean {
    const { headers } = request;
    return refusalOf(this.#hostOf(request), headers, "change", this.#options.access) === undefined;
  }

  /** Returns the host that the client requested. Simple clients, but no browser, leave it out. */
  #hostOf({ headers }: Request): string {
    const { port } = this.#frontDoor;
    return headers.get("host") ?? addressText({ host: this.#options.host, port });
  }
}

function findRoute(
  method: string,
  pathname: string,
): { readonly route: Route; readonly name: string } | { readonly allowed: readonly string[] } {
  const allowed: string[] = [];
  for (const route of ROUTES) {
    const name = nameIn(route.path, pathname);
    if (name === undefined) continue;
    if (route.method === method || (route.method === "GET" && method === "HEAD")) {
      return { route, name };
    }
    allowed.push(route.method);
  }
  return { allowed };
}

/** Returns the value of `{name}` in a path, empty if the pattern has no name; undefined if the path does not match. */
function nameIn(pattern: string, pathname: string): string | undefined {
  const [before = "", after] = pattern.split("{name}");
  if (after === undefined) return pathname === pattern ? "" : undefined;
  if (!pathname.startsWith(before) || !pathname.endsWith(after)) return undefined;
  const name = pathname.slice(before.length, pathname.length - after.length);
  if (name === "" || name.includes("/")) return undefined;
  try {
    return decodeURIComponent(name);
  } catch {
    return undefined;
  }
}

function addressText({ host, port }: { readonly host: string; readonly port: number }): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** Creates a directory that only this user may enter: in a service in its runtime directory, since others are read-only. */
function makeSocketDirectory(): string {
  const [runtime = ""] = (environmentVariable("RUNTIME_DIRECTORY") ?? "").split(":");
  const prefix = "cvmmap-streamer-";
  return Deno.makeTempDirSync(runtime === "" ? { prefix } : { prefix, dir: runtime });
}

function removeDirectory(path: string): void {
  try {
    Deno.removeSync(path, { recursive: true });
  } catch {
    // Someone else has cleaned up.
  }
}
