import type { CaseResult } from "./case_result.ts";
import { figureLine } from "./figure.ts";
import { type Summary, totalsLine } from "./summary.ts";

const STATUS: Readonly<Record<Summary["status"], string>> = {
  running: "running; if that process no longer exists, the run died",
  complete: "complete",
  interrupted: "interrupted: cases that had not started were skipped",
};

/** Formats a summary as text. Its last line is that of the suite. */
export function summaryText(summary: Summary): string {
  const { suite, status, pid, startedAt, updatedAt, exitCode, folder, environment } = summary;
  const { product, host, gstreamer } = environment;
  const encoders = gstreamer.encoders.map(({ element, libraries }) =>
    `${element} (${libraries.join(", ")})`
  );
  const lines = [
    `${suite}: ${STATUS[status]}`,
    `process: ${pid}, exit code: ${exitCode ?? "none yet"}`,
    `started: ${startedAt}, written: ${updatedAt}`,
    `logs: ${folder}`,
    `product: ${product.version}, ${product.kind}: ${product.commandLine.join(" ")}`,
    `git: ${gitText(product)}`,
    `host: ${host.name}, ${host.system}, Linux ${host.kernel} ${host.architecture}, ` +
    `${host.processors} x ${host.processor}, ${Math.round(host.memoryBytes / 2 ** 20)} MiB, ` +
    `Deno ${host.deno}`,
    `GStreamer: ${gstreamer.version ?? gstreamer.reason ?? "unknown"}`,
    `encoders: ${encoders.join(", ") || "none"}`,
    "",
    ...summary.refusals.map(({ name, verdict, exitCode, message }) =>
      `refusal ${name}: ${verdict}, exit code ${exitCode}, ${message}`
    ),
    ...summary.cases.flatMap(caseLines),
    "",
    totalsLine(summary.totals),
  ];
  return `${lines.join("\n")}\n`;
}

function gitText({ gitRevision, gitModified }: Summary["environment"]["product"]): string {
  if (gitRevision === undefined) return "not a checkout";
  return `${gitRevision}${gitModified === true ? ", with uncommitted changes" : ""}`;
}

function caseLines(result: CaseResult): string[] {
  const { name, verdict, durationSeconds, limitSeconds, reason, figures, processes } = result;
  const took = durationSeconds === undefined ? "" : ` in ${durationSeconds} s`;
  return [
    `${name}: ${verdict}${took} (limit ${limitSeconds} s)`,
    ...(reason === undefined ? [] : reason.split("\n").map((line) => `  reason: ${line}`)),
    ...figures.map((figure) => `  ${figureLine(figure)}`),
    ...processes.map(({ name, exitCode, signal, commandLine }) =>
      `  ${name}: ${signal ?? `exit code ${exitCode ?? "none yet"}`}: ${commandLine.join(" ")}`
    ),
  ];
}
