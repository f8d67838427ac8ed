import "../../ffi/_open_libraries.ts";
import assert from "node:assert/strict";
import { Ajv2020 } from "ajv/dist/2020.js";
import { FakePlan, nextTurn } from "../fleet/_testing.ts";
import { Fleet } from "../fleet/fleet.ts";
import { LIVE_PROTOCOL } from "../live/live_protocol.ts";
import type { AccessRules } from "./access.ts";
import { HttpServer } from "./http_server.ts";
import { Metrics } from "./metrics.ts";
import { openApiDocument } from "./openapi.ts";
import { ROUTES } from "./routes.ts";
import type { ConfigurationReport, ReloadOutcome, Served } from "./served.ts";

const LOCAL: AccessRules = { isLoopback: true, isPublic: false, token: undefined };
const TOKEN = "0123456789abcdef";
const ajv = new Ajv2020({ strict: false });

class Bench implements AsyncDisposable {
  readonly fleet = new Fleet();
  readonly plan = new FakePlan("front");
  readonly server: HttpServer;
  outcome: ReloadOutcome | undefined = { problem: "a mistake" };
  problem: string | undefined;

  constructor(access: AccessRules) {
    const served: Served = {
      reports: () => this.fleet.reports(),
      stream: (name) => this.fleet.member(name),
      configuration: (): ConfigurationReport => ({
        files: ["rig.toml"],
        loadedAt: new Date(0).toISOString(),
        problem: this.problem,
        streams: { front: {} },
      }),
      reload: () => Promise.resolve(this.outcome),
    };
    const metrics = new Metrics(served, "1.2.3");
    this.server = HttpServer.open(served, {
      host: "127.0.0.1",
      port: 0,
      access,
      version: "1.2.3",
      metrics: () => metrics.answer(),
    });
  }

  /** A request; its body is read as JSON or text. */
  async ask(
    method: string,
    path: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<{ readonly status: number; readonly body: unknown; readonly headers: Headers }> {
    const response = await fetch(`${this.server.url}${path}`, { method, headers });
    const text = await response.text();
    const isJson = response.headers.get("content-type") === "application/json";
    return {
      status: response.status,
      body: isJson ? JSON.parse(text) : text,
      headers: response.headers,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
    await this.fleet[Symbol.asyncDispose]();
  }
}

Deno.test("every route answers as the OpenAPI document says", async () => {
  await using bench = new Bench(LOCAL);
  await bench.fleet.apply([bench.plan]);
  (await bench.plan.stream(0)).listen();
  await nextTurn();
  for (const { method, path, id, answers } of ROUTES) {
    for (const name of ["front", "absent"]) {
      const { status, body } = await bench.ask(method, path.replace("{name}", name));
      const answer = answers[status];
      assert.ok(answer, `${id} of ${name}: ${status}`);
      const isValid = ajv.validate(answer.schema ?? {}, body);
      assert.ok(isValid, `${id} of ${name}: ${ajv.errorsText()}`);
    }
  }
  const { body } = await bench.ask("GET", "/api/v1/openapi.json");
  assert.deepEqual(body, JSON.parse(JSON.stringify(openApiDocument("1.2.3"))));
});

Deno.test("readiness gives the reasons why not", async () => {
  await using bench = new Bench(LOCAL);
  await bench.fleet.apply([bench.plan]);
  const stream = await bench.plan.stream(0);
  assert.deepEqual((await bench.ask("GET", "/readyz")).body, {
    ready: false,
    reasons: ["front: it is starting"],
  });
  stream.listen();
  await nextTurn();
  assert.equal((await bench.ask("GET", "/readyz")).status, 200);
  bench.problem = "rig.toml:3: a mistake";
  const { status, body } = await bench.ask("GET", "/readyz");
  assert.equal(status, 503);
  assert.match(JSON.stringify(body), /not reloaded: rig\.toml:3: a mistake/);
});

Deno.test("a stream is stopped, started and asked for a key frame", async () => {
  await using bench = new Bench(LOCAL);
  await bench.fleet.apply([bench.plan]);
  (await bench.plan.stream(0)).listen();
  await nextTurn();
  assert.equal((await bench.ask("POST", "/api/v1/streams/front/key-frame")).status, 202);
  assert.equal(bench.plan.made[0]?.keyFrameRequests, 1);
  const stopped = await bench.ask("POST", "/api/v1/streams/front/stop");
  assert.equal((stopped.body as { readonly state: string }).state, "stopped");
  assert.equal((await bench.ask("POST", "/api/v1/streams/front/key-frame")).status, 409);
  await bench.ask("POST", "/api/v1/streams/front/start");
  await bench.plan.stream(1);
});

Deno.test("on loopback, a foreign Host or Origin is refused", async () => {
  await using bench = new Bench(LOCAL);
  const { url } = bench.server;
  const origins = [["http://evil.example", 403], ["null", 403], [url, 200]] as const;
  for (const [origin, status] of origins) {
    assert.equal((await bench.ask("GET", "/healthz", { origin })).status, status, origin);
  }
  // fetch() sends the right Host, whatever is asked.
  const { port } = new URL(url);
  for (
    const [host, expected] of [
      ["evil.example", 403],
      ["[", 400],
      [`localhost:${port}`, 200],
    ] as const
  ) {
    using connection = await Deno.connect({ hostname: "127.0.0.1", port: Number(port) });
    const request = `GET /healthz HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
    await connection.write(new TextEncoder().encode(request));
    const text = await new Response(connection.readable).text();
    assert.match(text, new RegExp(`^HTTP/1.1 ${expected} `));
  }
});

Deno.test("beyond loopback, reading needs the token, or is public; changing always needs it", async () => {
  const right = { authorization: `Bearer ${TOKEN}` };
  const wrong = { authorization: "Bearer 0123456789abcdeX" };
  {
    await using bench = new Bench({ isLoopback: false, isPublic: false, token: TOKEN });
    for (const path of ["/healthz", "/metrics", "/api/v1/streams", "/nowhere"]) {
      const { status, headers } = await bench.ask("GET", path);
      assert.equal(status, 401, path);
      assert.equal(headers.get("www-authenticate"), "Bearer");
      assert.equal((await bench.ask("GET", path, wrong)).status, 401, path);
    }
    assert.equal((await bench.ask("GET", "/metrics", right)).status, 200);
    assert.equal((await bench.ask("POST", "/api/v1/reload", right)).status, 422);
  }
  {
    await using bench = new Bench({ isLoopback: false, isPublic: true, token: TOKEN });
    assert.equal((await bench.ask("GET", "/api/v1/streams")).status, 200);
    assert.equal((await bench.ask("POST", "/api/v1/reload")).status, 401);
  }
  {
    await using bench = new Bench({ isLoopback: false, isPublic: true, token: undefined });
    assert.equal((await bench.ask("POST", "/api/v1/reload", right)).status, 403);
  }
});

Deno.test("what is too large, or not there, is refused", async () => {
  await using bench = new Bench(LOCAL);
  assert.equal((await bench.ask("GET", `/${"a".repeat(3000)}`)).status, 414);
  assert.equal((await bench.ask("GET", "/healthz", { "x-a": "a".repeat(20_000) })).status, 431);
  assert.equal((await bench.ask("GET", "/nothing")).status, 404);
  assert.equal((await bench.ask("GET", "/api/v1/streams/%E0%A4%A")).status, 404);
  const { status, headers } = await bench.ask("DELETE", "/api/v1/streams/front");
  assert.deepEqual([status, headers.get("allow")], [405, "GET"]);
  assert.equal((await bench.ask("POST", "/metrics")).status, 405);
  const response = await fetch(`${bench.server.url}/api/v1/reload`, {
    method: "POST",
    body: "a".repeat(10_000),
  });
  assert.equal(response.status, 413);
  await response.body?.cancel();
});

Deno.test("a port that is taken is an error with a reason", async () => {
  await using bench = new Bench(LOCAL);
  const { port } = new URL(bench.server.url);
  const options = {
    host: "127.0.0.1",
    port: Number(port),
    access: LOCAL,
    version: "1",
    metrics: () => Promise.resolve({ status: 200, body: "" }),
  };
  const served = {} as Served;
  assert.throws(() => HttpServer.open(served, options), {
    code: "http_listen_failed",
    message: `Cannot serve HTTP at 127.0.0.1:${port}: the address is in use`,
  });
});

Deno.test("the page needs no token, has a strict policy, and is the same for each stream", async () => {
  await using bench = new Bench({ isLoopback: false, isPublic: false, token: TOKEN });
  const page = await bench.ask("GET", "/");
  assert.equal(page.status, 200);
  assert.match(
    page.headers.get("content-security-policy") ?? "",
    /default-src 'none'; script-src 'self'/,
  );
  assert.equal(page.headers.get("x-content-type-options"), "nosniff");
  assert.equal((await bench.ask("GET", "/streams/front")).body, page.body);
  for (const [, path] of String(page.body).matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)) {
    assert.equal((await bench.ask("GET", path ?? "")).status, 200, path);
  }
  assert.equal((await bench.ask("GET", "/api/v1/access")).status, 401);
});

Deno.test("live pictures need the rights to read, also over a WebSocket", async () => {
  await using bench = new Bench({ isLoopback: false, isPublic: false, token: TOKEN });
  await bench.fleet.apply([bench.plan]);
  const stream = await bench.plan.stream(0);
  stream.listen();
  await nextTurn();
  const url = `${bench.server.url.replace("http", "ws")}/api/v1/streams/front/live`;
  const open = (protocols: string[]): Promise<WebSocket | undefined> =>
    new Promise((resolve) => {
      const socket = new WebSocket(url, protocols);
      socket.onopen = () => resolve(socket);
      socket.onerror = () => resolve(undefined);
    });
  assert.equal(await open([LIVE_PROTOCOL]), undefined);
  assert.equal(
    await open([LIVE_PROTOCOL, `bearer.${btoa("wrong-wrong-wrong").replaceAll("=", "")}`]),
    undefined,
  );
  assert.equal(stream.sinks.size, 0);
  const socket = await open([LIVE_PROTOCOL, `bearer.${btoa(TOKEN).replaceAll("=", "")}`]);
  assert.equal(socket?.protocol, LIVE_PROTOCOL);
  assert.equal(stream.sinks.size, 1);
  const closed = new Promise((resolve) => socket!.onclose = resolve);
  socket?.close();
  await closed;
  while (stream.sinks.size > 0) await nextTurn();
});

Deno.test("a page of another origin may watch with the token, and do nothing else", async () => {
  await using bench = new Bench({ isLoopback: true, isPublic: false, token: TOKEN });
  await bench.fleet.apply([bench.plan]);
  (await bench.plan.stream(0)).listen();
  await nextTurn();
  const live = "/api/v1/streams/front/live";
  const origin = "http://dashboard.example";
  const authorization = `Bearer ${TOKEN}`;
  assert.equal((await bench.ask("GET", live, { origin })).status, 403);
  // Allowed, and not a handshake.
  assert.equal((await bench.ask("GET", live, { origin, authorization })).status, 426);
  assert.equal((await bench.ask("GET", "/healthz", { origin, authorization })).status, 403);
});

Deno.test("a page of another site cannot embed a picture, and a link to one works", async () => {
  await using bench = new Bench(LOCAL);
  await bench.fleet.apply([bench.plan]);
  (await bench.plan.stream(0)).listen();
  await nextTurn();
  const snapshot = "/api/v1/streams/front/snapshot.jpg";
  const expected = [
    ["cross-site", "no-cors", 403],
    ["same-site", "no-cors", 403],
    ["cross-site", "navigate", 200],
    ["same-origin", "no-cors", 200],
    ["none", "navigate", 200],
  ] as const;
  for (const [site, mode, status] of expected) {
    const headers = { "sec-fetch-site": site, "sec-fetch-mode": mode };
    assert.equal((await bench.ask("GET", snapshot, headers)).status, status, `${site} ${mode}`);
  }
});

for (
  const [what, path, status] of [
    ["without a handshake", "/api/v1/streams/front/live", 426],
    ["of a stream that is unknown", "/api/v1/streams/absent/live", 404],
    ["of a stream that is unknown, as a picture", "/api/v1/streams/absent/snapshot.jpg", 404],
    ["of a stream, as a picture", "/api/v1/streams/front/snapshot.jpg", 200],
  ] as const
) {
  Deno.test(`live pictures ${what}: ${status}`, async () => {
    await using bench = new Bench(LOCAL);
    await bench.fleet.apply([bench.plan]);
    (await bench.plan.stream(0)).listen();
    await nextTurn();
    assert.equal((await bench.ask("GET", path)).status, status);
  });
}
