/**
 * Mutation tests for the acceptance rows: each of these faults in the product is detected by a row,
 * for the expected reason.
 */
import assert from "node:assert/strict";
import { TemporaryDirectory } from "../_suite/_testing.ts";
import { type Edit, Mutant } from "../_suite/mutant.ts";
import { runCase } from "../_suite/run_case.ts";
import { acceptanceRows } from "./rows.ts";

/** A fault in the product. */
interface Fault {
  readonly title: string;
  readonly edit: Edit;
  /** Row that must detect it. */
  readonly row: string;
  /** Reason that the row must fail with. */
  readonly reason: RegExp;
}

const payloadType = "    this.#payloadType = payloadType;";
const isDelimiterH264 = "nalUnitTypeH264(header) === NalUnitTypeH264.AccessUnitDelimiter";
const isDelimiterH265 = "nalUnitTypeH265(header) === NalUnitTypeH265.AccessUnitDelimiter";

const faults: readonly Fault[] = [
  {
    title: "a wrong payload type",
    edit: {
      file: "src/rtp/packetizer.ts",
      find: payloadType,
      replace: "    this.#payloadType = payloadType + 1;",
    },
    row: "rtp-h264",
    reason: /^The tester ended with 3: A packet has payload type 97; 96 is expected$/,
  },
  {
    title: "a payload type that is always the default",
    edit: {
      file: "src/rtp/packetizer.ts",
      find: payloadType,
      replace: "    this.#payloadType = 96;",
    },
    row: "rtp-h265",
    reason: /^The tester ended with 3: A packet has payload type 96; 103 is expected$/,
  },
  {
    title: "a PPS that is not sent",
    edit: {
      file: "src/rtp/packetizer_h264.ts",
      find: isDelimiterH264,
      replace: `${isDelimiterH264} || nalUnitTypeH264(header) === NalUnitTypeH264.Pps`,
    },
    row: "rtp-h264",
    reason: /^PPS 0 \(at least \d+\) NOT MET$/,
  },
  {
    title: "a VPS that is not sent",
    edit: {
      file: "src/rtp/packetizer_h265.ts",
      find: isDelimiterH265,
      replace: `${isDelimiterH265} || nalUnitTypeH265(header) === NalUnitTypeH265.Vps`,
    },
    row: "rtp-h265",
    reason: /^VPS 0 \(at least \d+\) NOT MET$/,
  },
  {
    title: "a PPS that is not in the sequence header",
    edit: {
      file: "src/bitstream/avc_configuration.ts",
      find: "  bytes.push(pps.length);\n  for (const nal of pps)",
      replace: "  bytes.push(0);\n  for (const nal of pps.slice(pps.length))",
    },
    row: "rtmp-h264",
    reason: /^The tester ended with 7: .*AVCDecoderConfigurationRecord has no PPS/,
  },
  {
    title: "a VPS that is not in the sequence header",
    edit: {
      file: "src/bitstream/hevc_configuration.ts",
      find: "    3,\n  ];\n  const arrays = [\n    [NalUnitTypeH265.Vps, vps],\n",
      replace: "    2,\n  ];\n  const arrays = [\n",
    },
    row: "rtmp-h265-domestic",
    reason: /^The tester ended with 7: .*HEVCDecoderConfigurationRecord has no VPS/,
  },
  {
    title: "hvc1 sent as codec id 12",
    edit: {
      file: "src/rtmp/flv/video_formats.ts",
      find: "  return row.packaging;",
      replace: '  return codec === "h265" ? videoH265Domestic : row.packaging;',
    },
    row: "rtmp-h265-enhanced",
    reason: /^The tester ended with 6: .*h265-domestic/,
  },
  {
    title: "codec id 12 sent as hvc1",
    edit: {
      file: "src/rtmp/flv/video_formats.ts",
      find: "  return row.packaging;",
      replace: '  return codec === "h265" ? videoH265Enhanced : row.packaging;',
    },
    row: "rtmp-h265-domestic",
    reason: /^The tester ended with 6: .*h265-enhanced/,
  },
];

/** Runs a row with the edited product. */
async function run(name: string, edits: readonly Edit[]): ReturnType<typeof runCase> {
  using directory = new TemporaryDirectory();
  await using mutant = await Mutant.make(edits);
  const row = acceptanceRows().find((row) => row.name === name);
  assert.ok(row, name);
  return await runCase(row, { bin: mutant.bin, evidenceDir: directory.path });
}

for (const { title, edit, row, reason: expected } of faults) {
  Deno.test(`the row ${row} finds ${title}`, async () => {
    const { verdict, reason } = await run(row, [edit]);
    assert.equal(verdict, "fail");
    assert.match(reason ?? "", expected);
  });
}

for (const row of ["rtp-h265", "rtmp-h265-enhanced"]) {
  Deno.test(`the row ${row} passes with the unchanged product`, async () => {
    const { verdict, reason } = await run(row, []);
    assert.equal(verdict, "pass", reason);
  });
}
