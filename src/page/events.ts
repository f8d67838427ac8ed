import type { StreamReport } from "./api.ts";

/** Events that are kept. */
const KEPT = 100;

/** Something that has happened to a stream. */
export interface StreamEvent {
  readonly time: Date;
  readonly text: string;
}

/** Events of a stream, found by comparing its reports. */
export class EventLog {
  readonly events: StreamEvent[] = [];
  #before: StreamReport | undefined;

  /** Takes a report. Returns whether there are new events. */
  add(report: StreamReport): boolean {
    const before = this.#before;
    this.#before = report;
    if (before === undefined) return false;
    const texts = eventsBetween(before, report);
    for (const text of texts) this.events.unshift({ time: new Date(), text });
    this.events.length = Math.min(this.events.length, KEPT);
    return texts.length > 0;
  }
}

/** Describes the differences between two reports. */
export function eventsBetween(before: StreamReport, now: StreamReport): string[] {
  const texts: string[] = [];
  if (before.state !== now.state) {
    texts.push(
      `${before.state} → ${now.state}${now.reason === undefined ? "" : `: ${now.reason}`}`,
    );
  }
  if (now.restarts > before.restarts) texts.push("Restarted after a failure");
  const [old, young] = [before.statistics, now.statistics];
  if (old === undefined || young === undefined || young.elapsedMs < old.elapsedMs) return texts;
  if (old.encoder !== undefined && young.encoder !== old.encoder) {
    texts.push(`Encoder: ${old.encoder} → ${young.encoder ?? "none"}`);
  }
  const [a, b] = [old.picture, young.picture];
  if (a !== undefined && b !== undefined && (a.width !== b.width || a.height !== b.height)) {
    texts.push(`Size: ${a.width}×${a.height} → ${b.width}×${b.height}`);
  }
  if (young.ingest.reset > old.ingest.reset) texts.push("The producer reset its stream");
  for (const sink of young.sinks) {
    const earlier = old.sinks.find(({ name }) => name === sink.name);
    if (earlier !== undefined && earlier.healthy !== sink.healthy) {
      texts.push(`${sink.name}: ${sink.healthy ? "connected" : "no answer"}`);
    }
  }
  return texts;
}
