import assert from "node:assert/strict";
import { RecordingSender } from "../../src/rtp/_testing.ts";
import { RtpSink } from "../../src/rtp/rtp_sink.ts";
import { type CapturedDatagram, pcapOf } from "./_pcap.ts";
import { accessUnit, run } from "./_rtp.ts";

const PORT = 5004;

/** Writes a capture file and runs tshark on it. */
async function tshark(datagrams: CapturedDatagram[], args: string[]): Promise<string[]> {
  const directory = await Deno.makeTempDir();
  try {
    await Deno.writeFile(`${directory}/a.pcap`, pcapOf(datagrams));
    const { stdout } = await run("tshark", [
      "-r",
      `${directory}/a.pcap`,
      "-d",
      `udp.port==${PORT},rtp`,
      "-d",
      `udp.port==${PORT + 1},rtcp`,
      ...args,
    ]);
    return new TextDecoder().decode(stdout).split("\n").filter((line) => line !== "");
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** Returns what a sink sends for 24 frames. */
async function captured(codec: "h264" | "h265"): Promise<CapturedDatagram[]> {
  const rtp = new RecordingSender();
  const rtcp = new RecordingSender();
  const sink = new RtpSink(
    {
      codec,
      payloadType: 96,
      receiver: { address: "127.0.0.1", family: 4, port: PORT },
      identity: { ssrc: 0xcafe, sequenceNumber: 65_500, timestampOffset: 0xffff_0000 },
    },
    rtp,
    rtcp,
  );
  for (let i = 0; i < 24; i++) sink.write(accessUnit(codec, i));
  await sink[Symbol.asyncDispose]();
  return [
    ...rtp.datagrams.map((payload) => ({ port: PORT, payload })),
    ...rtcp.datagrams.map((payload) => ({ port: PORT + 1, payload })),
  ];
}

const EXPERT = [
  "-Y",
  "_ws.expert",
  "-T",
  "fields",
  "-e",
  "frame.number",
  "-e",
  "_ws.expert.message",
];

/**
 * Removes messages about tshark's own limits: it reports slices that it does not decode, and its
 * H.265 dissector fails for the first slice of key frames and calls that a dissector bug.
 */
function warnings(lines: string[]): string[] {
  return lines.filter((line) => !/Not decoded yet|slice_segment_address passed to/.test(line));
}

for (const codec of ["h264", "h265"] as const) {
  const dissector = ["-o", `${codec}.dynamic.payload.type:96`];

  Deno.test(`tshark finds nothing malformed in our ${codec} and our RTCP`, async () => {
    const datagrams = await captured(codec);
    assert.deepEqual(warnings(await tshark(datagrams, [...dissector, ...EXPERT])), []);
    const dissected = await tshark(datagrams, [...dissector, "-Y", codec]);
    assert.equal(dissected.length, datagrams.filter(({ port }) => port === PORT).length);
    // Check that tshark detects errors: an RTCP packet with a length beyond its end.
    const broken = datagrams.map(({ port, payload }) => ({ port, payload: payload.slice() }));
    broken.at(-1)!.payload[3] = 60;
    const found = warnings(await tshark(broken, [...dissector, ...EXPERT]));
    assert.equal(found.length, 1);
    assert.match(found[0]!, /Malformed Packet/);
  });

  Deno.test(`tshark parses the expected RTP headers of our ${codec}`, async () => {
    const lines = await tshark(await captured(codec), [
      ...dissector,
      "-Y",
      "rtp",
      "-T",
      "fields",
      "-E",
      "separator=,",
      "-e",
      "rtp.version",
      "-e",
      "rtp.p_type",
      "-e",
      "rtp.ssrc",
      "-e",
      "rtp.seq",
      "-e",
      "rtp.timestamp",
      "-e",
      "rtp.marker",
    ]);
    const packets = lines.map((line) => line.split(","));
    assert.ok(packets.length > 24);
    let timestamp = 0;
    packets.forEach(([version, type, ssrc, sequence, time, marker], i) => {
      assert.deepEqual([version, type, ssrc], ["2", "96", "0x0000cafe"]);
      assert.equal(Number(sequence), (65_500 + i) & 0xffff);
      assert.equal(Number(time), (0xffff_0000 + timestamp) >>> 0);
      if (marker === "1" || marker === "True") timestamp += 3000;
    });
    assert.equal(timestamp, 24 * 3000);
  });

  Deno.test(`tshark parses the expected RTCP packets of our ${codec} stream`, async () => {
    const lines = await tshark(await captured(codec), [
      "-Y",
      "rtcp",
      "-T",
      "fields",
      "-E",
      "separator=;",
      "-e",
      "rtcp.pt",
      "-e",
      "rtcp.senderssrc",
      "-e",
      "rtcp.sdes.type",
      "-e",
      "rtcp.length_check",
      "-e",
      "rtcp.timestamp.ntp",
    ]);
    const [first, last] = lines.map((line) => line.split(";"));
    assert.deepEqual([first![0], last![0]], ["200,202", "200,202,203"]);
    assert.match(first![1]!, /0x0000cafe/);
    assert.match(first![2]!, /^1/); // CNAME
    assert.match(last![3]!, /^(1|True)/);
    const sentMs = Date.parse(first![4]!.replace(/(\.\d{3})\d*/, "$1"));
    assert.ok(Math.abs(sentMs - Date.now()) < 60_000, first![4]);
  });
}
