import { STAGES } from "../stream/stage_latency.ts";

/** A JSON schema (draft 2020-12), as OpenAPI 3.1 has them. */
export type JsonSchema = Readonly<Record<string, unknown>>;

const text = { type: "string" };
const optionalText = { type: ["string"] };
const count = { type: "integer", minimum: 0 };
const amount = { type: "number", minimum: 0 };
const yes = { type: "boolean" };

function object(
  properties: Readonly<Record<string, JsonSchema>>,
  optional: readonly string[] = [],
): JsonSchema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: "object", properties, required };
}

function list(items: JsonSchema): JsonSchema {
  return { type: "array", items };
}

/** An error. */
export const ERROR = object({ error: text });

/** What a client may do. */
export const ACCESS = object({ change: yes });

/** `/healthz`. */
export const HEALTH = object({ status: { const: "ok" } });

/** `/readyz`. */
export const READINESS = object({ ready: yes, reasons: list(text) });

const SINK = object({
  name: text,
  accessUnits: count,
  packets: count,
  bytes: count,
  dropped: count,
  healthy: yes,
  waitingBytes: count,
  feedback: text,
}, ["waitingBytes", "feedback"]);

const COUNTERS = object({
  received: count,
  ingested: count,
  torn: count,
  dropped: count,
  stale: count,
  rejected: count,
  invalidMessages: count,
  remapped: count,
  reset: count,
});

const PERCENTILES = object({ count, p50: amount, p95: amount, p99: amount });

const STATISTICS = object({
  elapsedMs: amount,
  ingest: COUNTERS,
  encoder: text,
  picture: object({ width: count, height: count }),
  encoded: count,
  passedOn: count,
  keyFrames: count,
  bitrateKbps: amount,
  sinks: list(SINK),
  latencyMs: PERCENTILES,
}, ["encoder", "picture"]);

const STAGE_TOTALS = object(
  Object.fromEntries(STAGES.map((stage) => [stage, object({ count, sumSeconds: amount })])),
);

const FAILURE = object({ message: text, code: text, time: text });

/** One stream. */
export const STREAM = object({
  name: text,
  isEnabled: yes,
  state: { enum: ["starting", "listening", "retrying", "stopped", "ended"] },
  reason: optionalText,
  restarts: count,
  lastFailure: FAILURE,
  settings: { type: "object" },
  statistics: STATISTICS,
  stages: STAGE_TOTALS,
}, ["reason", "lastFailure", "statistics", "stages"]);

/** All streams. */
export const STREAMS = object({ streams: list(STREAM) });

/** The current configuration. */
export const CONFIGURATION = object({
  files: list(text),
  loadedAt: text,
  problem: text,
  streams: { type: "object", additionalProperties: { type: "object" } },
}, ["problem"]);

/** Result of a reload. */
export const CHANGE = object({
  added: list(text),
  changed: list(text),
  removed: list(text),
  kept: list(text),
  needsRestart: list(text),
});
