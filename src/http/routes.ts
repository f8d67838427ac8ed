import { type Answer, problem } from "./answer.ts";
import {
  CHANGE,
  CONFIGURATION,
  ERROR,
  HEALTH,
  type JsonSchema,
  READINESS,
  STREAM,
  STREAMS,
} from "./schemas.ts";
import type { Served, ServedStream, StreamControl } from "./served.ts";

/** One possible response of a route. */
export interface RouteAnswer {
  readonly description: string;
  /** Schema of the JSON body; without it, the body is text. */
  readonly schema?: JsonSchema;
}

/** One operation. The server and the OpenAPI document are generated from these. */
export interface Route {
  readonly method: "GET" | "POST";
  /** `{name}` stands for the name of a stream. */
  readonly path: string;
  /** Unique among the routes. */
  readonly id: string;
  /** One sentence without a full stop. */
  readonly summary: string;
  /** Whether it changes anything, which requires more rights. */
  readonly access: "read" | "change";
  readonly answers: Readonly<Record<number, RouteAnswer>>;
  /** @param name Value of `{name}`. */
  readonly handle: (served: Served, name: string) => Answer | Promise<Answer>;
}

const NOT_FOUND: RouteAnswer = { description: "Unknown stream", schema: ERROR };
const NOT_CONTROLLED: RouteAnswer = {
  description: "The process runs only this stream",
  schema: ERROR,
};

/** The routes of health and API. The server itself adds metrics and the OpenAPI document. */
export const ROUTES: readonly Route[] = [
  {
    method: "GET",
    path: "/healthz",
    id: "health",
    summary: "Reports that the process serves requests",
    access: "read",
    answers: { 200: { description: "The process serves requests", schema: HEALTH } },
    handle: () => ({ status: 200, body: { status: "ok" } }),
  },
  {
    method: "GET",
    path: "/readyz",
    id: "readiness",
    summary:
      "Reports whether every enabled stream listens for frames and the latest reload succeeded",
    access: "read",
    answers: {
      200: { description: "Everything is ready", schema: READINESS },
      503: { description: "The reasons", schema: READINESS },
    },
    handle: (served) => readiness(served),
  },
  {
    method: "GET",
    path: "/api/v1/streams",
    id: "listStreams",
    summary: "Lists all streams with their state and statistics",
    access: "read",
    answers: { 200: { description: "The streams", schema: STREAMS } },
    handle: (served) => ({
      status: 200,
      body: {
        streams: served.reports().map(({ name, ...rest }) => ({
          name,
          ...rest,
          ...stagesOf(served.stream(name)),
        })),
      },
    }),
  },
  {
    method: "GET",
    path: "/api/v1/streams/{name}",
    id: "getStream",
    summary: "Returns one stream: settings with secrets masked, state and statistics",
    access: "read",
    answers: { 200: { description: "The stream", schema: STREAM }, 404: NOT_FOUND },
    handle: (served, name) => {
      return ofStream(served, name, (stream) => ({ status: 200, body: reportOf(stream) }));
    },
  },
  {
    method: "POST",
    path: "/api/v1/streams/{name}/key-frame",
    id: "requestKeyFrame",
    summary: "Requests a key frame as soon as possible",
    access: "change",
    answers: {
      202: { description: "The key frame was requested", schema: STREAM },
      404: NOT_FOUND,
      409: { description: "The stream does not run", schema: ERROR },
    },
    handle: (served, name) =>
      ofStream(served, name, (stream) => {
        return stream.requestKeyFrame()
          ? { status: 202, body: reportOf(stream) }
          : problem(409, "The stream does not run");
      }),
  },
  {
    method: "POST",
    path: "/api/v1/streams/{name}/restart",
    id: "restartStream",
    summary: "Stops the stream gracefully and starts it again",
    access: "change",
    answers: {
      200: { description: "It was started", schema: STREAM },
      404: NOT_FOUND,
      409: NOT_CONTROLLED,
    },
    handle: (served, name) => controlled(served, name, (control) => control.restart()),
  },
  {
    method: "POST",
    path: "/api/v1/streams/{name}/stop",
    id: "stopStream",
    summary:
      "Stops the stream gracefully; it stays stopped until it is started or its settings change",
    access: "change",
    answers: {
      200: { description: "It has stopped", schema: STREAM },
      404: NOT_FOUND,
      409: NOT_CONTROLLED,
    },
    handle: (served, name) => controlled(served, name, (control) => control.stop()),
  },
  {
    method: "POST",
    path: "/api/v1/streams/{name}/start",
    id: "startStream",
    summary: "Starts the stream, unless it runs",
    access: "change",
    answers: {
      200: { description: "It was started", schema: STREAM },
      404: NOT_FOUND,
      409: NOT_CONTROLLED,
    },
    handle: (served, name) => controlled(served, name, (control) => control.start()),
  },
  {
    method: "GET",
    path: "/api/v1/config",
    id: "getConfiguration",
    summary: "Returns the current configuration, with secrets masked",
    access: "read",
    answers: { 200: { description: "The configuration", schema: CONFIGURATION } },
    handle: (served) => ({ status: 200, body: served.configuration() }),
  },
  {
    method: "POST",
    path: "/api/v1/reload",
    id: "reload",
    summary: "Reads the configuration file again and applies the differences",
    access: "change",
    answers: {
      200: { description: "What was changed", schema: CHANGE },
      409: { description: "The configuration does not come from a file", schema: ERROR },
      422: { description: "The file is not valid; nothing was changed", schema: ERROR },
    },
    handle: async (served) => {
      const outcome = await served.reload();
      if (outcome === undefined) {
        return problem(409, "The program was started without a configuration file");
      }
      if ("problem" in outcome) return problem(422, outcome.problem);
      return { status: 200, body: outcome.change };
    },
  },
];

/** Returns the report of a stream, with its latency by stage. */
function reportOf(stream: ServedStream): unknown {
  return { ...stream.report(), ...stagesOf(stream) };
}

function stagesOf(stream: ServedStream | undefined): { readonly stages?: unknown } {
  const stages = stream?.latencyStages();
  if (stages === undefined) return {};
  const totals = Object.entries(stages).map(([stage, { counts, sumSeconds }]) => {
    return [stage, { count: counts.reduce((sum, count) => sum + count, 0), sumSeconds }];
  });
  return { stages: Object.fromEntries(totals) };
}

function ofStream(
  served: Served,
  name: string,
  answer: (stream: ServedStream) => Answer | Promise<Answer>,
): Answer | Promise<Answer> {
  const stream = served.stream(name);
  return stream === undefined ? problem(404, "Unknown stream") : answer(stream);
}

function controlled(
  served: Served,
  name: string,
  act: (control: StreamControl) => void | Promise<void>,
): Answer | Promise<Answer> {
  return ofStream(served, name, async (stream) => {
    if (stream.control === undefined) {
      return problem(409, "The process runs only this stream: end or restart the process instead");
    }
    await act(stream.control);
    return { status: 200, body: reportOf(stream) };
  });
}

function readiness(served: Served): Answer {
  const reasons = served.reports()
    .filter(({ state, isEnabled }) => isEnabled && state !== "listening")
    .map(({ name, reason = "" }) => `${name}: ${reason}`);
  const { problem: mistake } = served.configuration();
  if (mistake !== undefined) reasons.push(`the configuration was not reloaded: ${mistake}`);
  const isReady = reasons.length === 0;
  return { status: isReady ? 200 : 503, body: { ready: isReady, reasons } };
}
