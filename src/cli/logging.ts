import { AsyncLocalStorage } from "node:async_hooks";
import { configureSync, type LogRecord, resetSync } from "@logtape/logtape";
import type { LogConfiguration } from "../config/common_flags.ts";
import { RepeatFilter } from "./repeat_filter.ts";

const LEVEL_NAMES = {
  trace: "TRACE",
  debug: "DEBUG",
  info: "INFO",
  warning: "WARN",
  error: "ERROR",
  fatal: "FATAL",
} as const satisfies Record<LogRecord["level"], string>;

/**
 * Configures logging: passes each log record to `print` as one line, until disposed.
 *
 * Modules log to the category `["cvmmap", NAME]`, and only this function configures LogTape. A program
 * that embeds the modules has its own configuration.
 */
export function startLogging(
  configuration: LogConfiguration,
  print: (line: string) => void,
): Disposable {
  const format = configuration.format === "json" ? jsonLine : textLine;
  const repeats = new RepeatFilter();
  configureSync({
    reset: true,
    // The name of the stream goes with everything that is done for it.
    contextLocalStorage: new AsyncLocalStorage(),
    sinks: {
      lines: (record) => {
        const leftOut = repeats.take(record, performance.now());
        if (leftOut !== undefined) print(format(leftOut === 0 ? record : counted(record, leftOut)));
      },
    },
    loggers: [
      { category: ["cvmmap"], sinks: ["lines"], lowestLevel: configuration.level },
      { category: ["logtape", "meta"], sinks: ["lines"], lowestLevel: "error" },
    ],
  });
  return { [Symbol.dispose]: resetSync };
}

/** Adds the number of similar records that were suppressed. */
function counted(record: LogRecord, suppressed: number): LogRecord {
  return {
    ...record,
    message: [...record.message, ` (and ${suppressed} more like this)`],
    properties: { ...record.properties, suppressed },
  };
}

/** Formats a record as text: `2026-11-22T18:00:00.123Z INFO ingest: message`. */
export function textLine(record: LogRecord): string {
  const time = new Date(record.timestamp).toISOString();
  const { stream } = record.properties;
  const name = typeof stream === "string" ? `[${stream}] ` : "";
  const text = escapeControls(`${name}${category(record)}: ${message(record)}`);
  return `${time} ${LEVEL_NAMES[record.level]} ${text}`;
}

/** Formats a record as a JSON object with time, level, logger, message and properties. */
export function jsonLine(record: LogRecord): string {
  const { stream, ...properties } = record.properties;
  const object = {
    time: new Date(record.timestamp).toISOString(),
    level: record.level,
    logger: record.category.join("."),
    ...(typeof stream === "string" ? { stream } : {}),
    message: message(record),
    properties,
  };
  return JSON.stringify(object, (_key, value) => toJson(value));
}

function category(record: LogRecord): string {
  const names = record.category[0] === "cvmmap" ? record.category.slice(1) : record.category;
  return names.join(".");
}

function message(record: LogRecord): string {
  return record.message.map((part) => typeof part === "string" ? part : valueText(part)).join("");
}

function valueText(value: unknown): string {
  if (value instanceof Error) return value.message;
  return typeof value === "object" ? JSON.stringify(value, (_key, v) => toJson(v)) : String(value);
}

/** Converts a value that JSON cannot represent. */
function toJson(value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  if (value instanceof Error) return value.message;
  return value;
}

/** Escapes control characters: a message can contain bytes of a producer, which must not control the terminal or forge a line. */
function escapeControls(text: string): string {
  return text.replace(
    // deno-lint-ignore no-control-regex
    /[\x00-\x1f\x7f-\x9f\u2028\u2029]/g,
    (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
