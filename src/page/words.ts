import type { SinkStatistics } from "../stream/statistics.ts";
import type { StreamReport } from "./api.ts";

/** How good something is; the page has a colour and a symbol for each. */
export type Grade = "good" | "warning" | "bad" | "idle";

/**
 * Returns the state of a stream in words.
 *
 * @param fps Frames of the last second, if known.
 */
export function stateOf(
  { state, reason, isEnabled }: StreamReport,
  fps: number | undefined,
): readonly [Grade, string] {
  switch (state) {
    case "listening":
      return fps === 0 ? ["warning", "no frames"] : ["good", "running"];
    case "starting":
      return ["warning", "starting"];
    case "retrying":
      return ["bad", reason ?? "trying again"];
    case "stopped":
      return ["idle", isEnabled ? "stopped" : "not enabled"];
    case "ended":
      return ["idle", "ended"];
  }
}

/** Returns the state of an output in words. */
export function sinkStateOf(
  { healthy, feedback, dropped }: SinkStatistics,
): readonly [Grade, string] {
  const more = [feedback, dropped > 0 ? `${dropped} dropped` : undefined]
    .filter((part) => part !== undefined).join(", ");
  if (!healthy) return ["bad", more === "" ? "no answer" : `no answer (${more})`];
  return [dropped > 0 ? "warning" : "good", more === "" ? "sending" : `sending (${more})`];
}

/** Formats milliseconds. */
export function milliseconds(value: number | undefined | null): string {
  return value === undefined || value === null || Number.isNaN(value)
    ? "–"
    : `${value.toFixed(1)} ms`;
}

/** Formats a bit rate. */
export function bitrate(kbps: number): string {
  return kbps >= 10_000 ? `${(kbps / 1000).toFixed(1)} Mbit/s` : `${kbps.toFixed(0)} kbit/s`;
}
