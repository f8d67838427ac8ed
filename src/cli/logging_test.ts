import assert from "node:assert/strict";
import { getLogger } from "@logtape/logtape";
import type { LogConfiguration } from "../config/common_flags.ts";
import { startLogging } from "./logging.ts";

function logged(configuration: LogConfiguration, log: () => void): string[] {
  const lines: string[] = [];
  using _logging = startLogging(configuration, (line) => lines.push(line));
  log();
  return lines;
}

const logger = getLogger(["cvmmap", "ingest"]);

Deno.test("text lines have time, level, category and message", () => {
  const [line = ""] = logged({ level: "info", format: "text" }, () => {
    logger.warn("Producer {label} is gone for {ms} ms", { label: "cam", ms: 12n });
  });
  assert.match(
    line,
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z WARN ingest: Producer cam is gone for 12 ms$/,
  );
});

Deno.test("text lines escape control characters", () => {
  const [line = ""] = logged({ level: "info", format: "text" }, () => {
    logger.info("label {label}", { label: "\x1b[2J\n2026 fake\x9b\u2028" });
  });
  assert.match(line, /label \\u001b\[2J\\u000a2026 fake\\u009b\\u2028$/);
});

Deno.test("a JSON line is one object", () => {
  const [line = "", ...more] = logged({ level: "info", format: "json" }, () => {
    logger.error("a\nb {count}", { count: 12n, error: new Error("why") });
  });
  assert.equal(more.length, 0);
  assert.doesNotMatch(line, /\n/);
  const { time, ...record } = JSON.parse(line);
  assert.match(time, /^\d{4}-.*Z$/);
  assert.deepEqual(record, {
    level: "error",
    logger: "cvmmap.ingest",
    message: "a\nb 12",
    properties: { count: "12", error: "why" },
  });
});

Deno.test("startLogging() logs nothing below the level, and nothing after it is disposed", () => {
  const lines = logged({ level: "warning", format: "text" }, () => {
    logger.info("not this");
    logger.warn("this");
  });
  logger.error("nor this");
  assert.equal(lines.length, 1);
  assert.match(lines[0] ?? "", /this$/);
});
