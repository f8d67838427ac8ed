import "../../ffi/_open_libraries.ts";
import assert from "node:assert/strict";
import { TimeLimit } from "../_harness/time_limit.ts";
import { assertDecodable, INTERVAL_MS, median, runBesideSlowServer } from "./_rtmp_stall.ts";

/** Shorter than what was tried by hand, a minute: `RTMP_STALL_MS=60000`. The same happens in it. */
const STALL_MS = Number(Deno.env.get("RTMP_STALL_MS") ?? 12_000);
/** Frames from one key frame to the next: half a second. */
const GOP = 25;
/** Streamed before it, to know what is usual. */
const BEFORE_MS = 3000;
/** Streamed after it. */
const AFTER_MS = 4000;
/** What waits is a second of the stream, 2 MiB; the rest is what a garbage collector varies by. */
const GROWTH_MIB = 48;

Deno.test(`A server that reads nothing for ${STALL_MS} ms costs no memory, disturbs no RTP and is back at once`, async () => {
  using limit = new TimeLimit(60 + STALL_MS / 1000);
  const stall = { afterMessages: BEFORE_MS / INTERVAL_MS, ms: STALL_MS };
  const stream = { width: 640, height: 360, gop: GOP, bitrateKbps: 12_000 };
  const durationMs = BEFORE_MS + STALL_MS + AFTER_MS;
  const run = await runBesideSlowServer(
    stream,
    { stall },
    ({ elapsedMs }) => elapsedMs >= durationMs,
    limit.signal,
  );
  const { receptions, rtpLatenciesMs, rssMiB, missingOverRtp, log } = run;
  assertDecodable(receptions);

  const latencies = receptions.map(({ publishedMs, receivedMs }) => receivedMs - publishedMs);
  const gaps = receptions.map(({ receivedMs }, i) => receivedMs - receptions[i - 1]?.receivedMs!);
  const resumed = gaps.findIndex((gap) => gap > STALL_MS * 0.9);
  const resumedMs = receptions[resumed]?.receivedMs ?? Number.NaN;
  const usualMs = median(latencies.slice(GOP, resumed));
  // Live again from the first few frames on that are so together: a single one may be held up here.
  const live = receptions.findIndex((_, i) =>
    i >= resumed && median(latencies.slice(i, i + 5)) <= 2 * usualMs
  );
  const backMs = (receptions[live]?.receivedMs ?? Number.NaN) - resumedMs;
  const beganMs = resumedMs - STALL_MS;
  const rssBefore = Math.max(...rssMiB.filter(({ atMs }) => atMs < beganMs).map((r) => r.value));
  const rssAfter = Math.max(...rssMiB.filter(({ atMs }) => atMs >= beganMs).map((r) => r.value));
  const rtpBefore = rtpLatenciesMs.slice(GOP, resumed);
  const rtpDuring = rtpLatenciesMs.slice(resumed, -AFTER_MS / INTERVAL_MS);
  // deno-lint-ignore no-console -- Figures of a run.
  console.log(JSON.stringify({
    ...{ usualMs, backMs, rssBefore, rssAfter, missingOverRtp, frames: rtpLatenciesMs.length },
    ...{ rtpBeforeMs: median(rtpBefore), rtpDuringMs: median(rtpDuring) },
    received: receptions.length,
    afterMs: median(latencies.slice(live)),
  }));
  assert.equal(missingOverRtp, 0);
  assert.ok(median(rtpDuring) <= 2 * median(rtpBefore), "RTP is late during the stall");
  assert.ok(log.some((line) => line.includes("does not keep up")), log.join("\n"));
  assert.ok(backMs <= GOP * INTERVAL_MS, `live again after ${backMs} ms`);
  assert.ok(median(latencies.slice(live)) <= 2 * usualMs, "live for a moment only");
  assert.ok(rssAfter <= rssBefore + GROWTH_MIB, `${rssBefore} MiB became ${rssAfter} MiB`);
});

/** Bytes a second that the server reads: about half of what is sent. */
const TRICKLE = 700_000;
/** What the server is to read behind the first frames that were dropped. */
const FRAMES_BEHIND = 10;
/** The kernel takes and refuses by megabytes: to say each time what it does would fill the log. */
const MOST_WORDS = 4;

Deno.test("A server that reads too slowly gets whole sequences behind key frames, and costs no memory", async () => {
  using limit = new TimeLimit(90);
  const stream = { width: 384, height: 288, gop: 2, bitrateKbps: 16_000 };
  const faults = { trickleBytesPerSecond: TRICKLE };
  const run = await runBesideSlowServer(
    stream,
    faults,
    ({ framesBehindDrop }) => framesBehindDrop >= FRAMES_BEHIND,
    limit.signal,
  );
  const { receptions, rssMiB, missingOverRtp, log } = run;
  assertDecodable(receptions);
  assert.equal(missingOverRtp, 0);
  const rss = rssMiB.map(({ value }) => value);
  // Before the kernel's buffers are full, nothing waits.
  const [rssBefore, rssAfter] = [Math.max(...rss.slice(0, 30)), Math.max(...rss)];
  const skips = receptions.filter(({ index }, i) => index > (receptions[i - 1]?.index ?? 0) + 1);
  const told = log.filter((line) => /keep up|keeps up/.test(line));
  // deno-lint-ignore no-console -- Figures of a run.
  console.log(
    JSON.stringify({ received: receptions.length, skips: skips.length, rssBefore, rssAfter, told }),
  );
  assert.ok(rssAfter <= rssBefore + GROWTH_MIB, `${rssBefore} MiB became ${rssAfter} MiB`);
  assert.ok(skips.length > 0);
  assert.ok(told.length > 0 && told.length <= MOST_WORDS, told.join("\n"));
});
