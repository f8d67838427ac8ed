import { AsyncLocalStorage } from "node:async_hooks";
import { configureSync, type LogRecord, resetSync } from "@logtape/logtape";
import type { LogConfiguration } from "../config/log_flags.ts";
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
 * Sends what the rooms log to `print`, one line a record, until disposed.
 *
 * The rooms only ask for a logger `["cvmmap", ROOM]`; this is the only place that says what becomes
 * of their records. An embedding program configures LogTape as it likes.
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

/** A record that says how many like it were not logged. */
function counted(record: LogRecord, leftOut: number): LogRecord {
  return {
    ...record,
    message: [...record.message, ` (and ${leftOut} more like this)`],
    properties: { ...record.properties, leftOut },
  };
}

/** A record for people: `2026-11-22T18:00:00.123Z INFO ingest: message`. */
export function textLine(record: LogRecord): string {
  const time = new Date(record.timestamp).toISOString();
  const { stream } = record.properties;
  const name = typeof stream === "string" ? `[${stream}] ` : "";
  const text = escapeControls(`${name}${room(record)}: ${message(record)}`);
  return `${time} ${LEVEL_NAMES[record.level]} ${text}`;
}

/** A record for programs: one JSON object with time, level, logger, message and properties. */
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
  return JSON.stringify(object, (_key, value) => plain(value));
}

function room(record: LogRecord): string {
  const category = record.category[0] === "cvmmap" ? record.category.slice(1) : record.category;
  return category.join(".");
}

function message(record: LogRecord): string {
  return record.message.map((part) => typeof part === "string" ? part : words(part)).join("");
}

function words(value: unknown): string {
  if (value instanceof Error) return value.message;
  return typeof value === "object" ? JSON.stringify(value, (_key, v) => plain(v)) : String(value);
}

/** What JSON has no form for, in one that it has. */
function plain(value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  if (value instanceof Error) return value.message;
  return value;
}

/** Bytes from a producer can reach a message: none of them may command the terminal or fake a line. */
function escapeControls(text: string): string {
  return text.replace(
    // deno-lint-ignore no-control-regex
    /[\x00-\x1f\x7f-\x9f\u2028\u2029]/g,
    (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
