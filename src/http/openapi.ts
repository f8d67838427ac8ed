import { ACCESS, ERROR, type JsonSchema } from "./schemas.ts";
import { ROUTES } from "./routes.ts";

/** Responses that every operation has. */
const COMMON: Readonly<Record<number, string>> = {
  400: "The request is not valid",
  401: "The token is missing or wrong",
  403: "The Host or Origin is not allowed, or the operation is not permitted",
  413: "The body is too long",
  414: "The URL is too long",
  431: "The header is too long",
  500: "Unexpected error",
  503: "Too many concurrent requests",
};

/**
 * Returns the OpenAPI 3.1 document of the API.
 *
 * @param version Version of the program.
 */
export function openApiDocument(version: string): JsonSchema {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of ROUTES) {
    const operations = paths[route.path] ??= {};
    operations[route.method.toLowerCase()] = operationOf({
      ...route,
      responses: Object.fromEntries(
        Object.entries(route.answers).map(([status, { description, schema }]) => {
          return [status, response(description, schema)];
        }),
      ),
    });
  }
  paths["/metrics"] = {
    get: operationOf({
      id: "metrics",
      summary: "Returns metrics in Prometheus' text format",
      path: "/metrics",
      responses: { 200: { description: "Metrics", content: { "text/plain": {} } } },
    }),
  };
  paths["/api/v1/access"] = {
    get: operationOf({
      id: "getAccess",
      summary: "Returns whether this client may change anything",
      path: "/api/v1/access",
      responses: { 200: response("The rights", ACCESS) },
    }),
  };
  paths["/api/v1/streams/{name}/live"] = {
    get: operationOf({
      id: "watchStream",
      summary: "Upgrades to a WebSocket with the live pictures; see docs/live.md",
      path: "/api/v1/streams/{name}/live",
      responses: {
        101: { description: "The WebSocket is open" },
        404: response("Unknown stream", ERROR),
        409: response("The stream does not run or does not encode", ERROR),
        426: response("It is not a WebSocket handshake", ERROR),
      },
    }),
  };
  paths["/api/v1/streams/{name}/snapshot.jpg"] = {
    get: operationOf({
      id: "getSnapshot",
      summary: "Returns the next frame as JPEG; at most five a second are made",
      path: "/api/v1/streams/{name}/snapshot.jpg",
      responses: {
        200: { description: "The picture", content: { "image/jpeg": {} } },
        404: response("Unknown stream", ERROR),
        409: response("The stream does not run", ERROR),
        503: response("No frame has arrived, or too many concurrent requests", ERROR),
      },
    }),
  };
  paths["/api/v1/openapi.json"] = {
    get: operationOf({
      id: "getOpenApi",
      summary: "Returns this document",
      path: "/api/v1/openapi.json",
      responses: { 200: response("The document", { type: "object" }) },
    }),
  };
  return {
    openapi: "3.1.0",
    info: {
      title: "cvmmap-streamer",
      version,
      description: "Health, streams and configuration of one process.",
    },
    paths,
    components: { securitySchemes: { token: { type: "http", scheme: "bearer" } } },
    security: [{}, { token: [] }],
  };
}

function operationOf({ id, summary, path, responses: own }: {
  readonly id: string;
  readonly summary: string;
  readonly path: string;
  readonly responses: Readonly<Record<string, unknown>>;
}): Record<string, unknown> {
  const common = Object.entries(COMMON).map(([status, description]) => {
    return [status, response(description, ERROR)];
  });
  const responses = { ...Object.fromEntries(common), ...own };
  const parameters = path.includes("{name}")
    ? [{
      name: "name",
      in: "path",
      required: true,
      schema: { type: "string" },
      description: "Name of the stream in the configuration",
    }]
    : [];
  return { operationId: id, summary, parameters, responses };
}

function response(description: string, schema: JsonSchema | undefined): Record<string, unknown> {
  return {
    description,
    ...(schema === undefined ? {} : { content: { "application/json": { schema } } }),
  };
}
