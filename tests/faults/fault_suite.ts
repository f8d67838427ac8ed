/**
 * The fault suite: `deno task fault-suite`, or `scripts/fault_suite.sh`, which also installs what
 * it needs.
 *
 * @module
 */
import type { Case } from "../_suite/case.ts";
import { runCommandLine } from "../_suite/command_line.ts";
import { captureClocks } from "./scenarios/capture_clocks.ts";
import { encoderSilent } from "./scenarios/encoder_silent.ts";
import { encoderSlow } from "./scenarios/encoder_slow.ts";
import { fastProducer } from "./scenarios/fast_producer.ts";
import { geometryChanged } from "./scenarios/geometry_changed.ts";
import { longLinkDown } from "./scenarios/link_down.ts";
import { planes } from "./scenarios/planes.ts";
import { producerKilled } from "./scenarios/producer_killed.ts";
import { rareFrames } from "./scenarios/rare_frames.ts";
import { resetStorm } from "./scenarios/reset_storm.ts";
import { rtmpAdaptive } from "./scenarios/rtmp_adaptive.ts";
import { rtmpKilled } from "./scenarios/rtmp_killed.ts";
import { rtmpRefusing } from "./scenarios/rtmp_refusing.ts";
import { rtmpSlow } from "./scenarios/rtmp_slow.ts";
import { segmentShrunk } from "./scenarios/segment_shrunk.ts";
import { sinkStall } from "./scenarios/sink_stall.ts";
import { sizesInTurn } from "./scenarios/sizes_in_turn.ts";
import { tornRead } from "./scenarios/torn_read.ts";
import { udpAbsent } from "./scenarios/udp_absent.ts";

/** Scenarios, in the order in which they run. */
const cases: readonly Case[] = [
  tornRead,
  resetStorm,
  producerKilled,
  segmentShrunk,
  geometryChanged,
  planes,
  fastProducer,
  captureClocks,
  rareFrames,
  sizesInTurn,
  encoderSlow,
  encoderSilent,
  sinkStall,
  rtmpKilled,
  rtmpRefusing,
  rtmpSlow,
  rtmpAdaptive,
  udpAbsent,
  longLinkDown,
];

if (import.meta.main) {
  const labels = {
    program: "fault-suite",
    description:
      "Disturbs streams with faults of cameras, networks and servers, and measures that they recover",
    caseKind: "scenario",
  } as const;
  const suite = { title: "Fault suite", evidenceStem: "task-15-fault-suite", cases } as const;
  Deno.exit(await runCommandLine(suite, labels, Deno.args));
}
