import { ERROR, type JsonSchema } from "./schemas.ts";
import { type Route, ROUTES } from "./routes.ts";

/** Responses that every operation has. */
const COMMON: Readonly<Record<number, string>> = {
  401: "The token is missing or wrong",
  403: "The Host or Origin is not allowed, or the operation is not permitted",
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
    operations[route.method.toLowerCase()] = operationOf(route);
  }
  paths["/metrics"] = {
    get: {
      operationId: "metrics",
      summary: "Returns metrics in Prometheus' text format",
      responses: { 200: { description: "Metrics", content: { "text/plain": {} } } },
    },
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

function operationOf({ id, summary, path, answers }: Route): Record<string, unknown> {
  const responses: Record<string, unknown> = {};
  for (const [status, { description, schema }] of Object.entries(answers)) {
    responses[status] = response(description, schema);
  }
  for (const [status, description] of Object.entries(COMMON)) {
    responses[status] = response(description, ERROR);
  }
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
