import assert from "node:assert/strict";
import * as fc from "fast-check";
import { codedUnit, fixtureStream, formatOf, splitAtDelimiters } from "../bitstream/_testing.ts";
import { packetsOf } from "./_testing.ts";
import { elementOf } from "./header_extension.ts";
import { parseRtpPacket } from "./rtp_packet.ts";
import { RtpStream } from "./rtp_stream.ts";
import { captureTimeOf, TIME_EXTENSION } from "./time_extension.ts";

const [data] = splitAtDelimiters("h264", fixtureStream("h264"));
const format = formatOf("h264", data!);

Deno.test("every packet carries the capture time, to the microsecond, also if it is rounded down", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2_000_000_000_000_000 }), (captureUnixUs) => {
      const stream = new RtpStream({ codec: "h264", headerExtension: TIME_EXTENSION, mtu: 400 });
      const times = { ptsUs: 0, dtsUs: 0, captureUnixUs };
      const unit = { ...codedUnit(data!, format), keyFrame: true, frameCount: 0, ...times };
      assert.ok(stream.packetize(unit));
      const packets = packetsOf(stream.packets).map(parseRtpPacket);
      assert.ok(packets.length > 2);
      for (const packet of packets) {
        assert.equal(captureTimeOf(packet), captureUnixUs);
        const element = elementOf(packet, TIME_EXTENSION.id)!;
        const ntp = new DataView(element.slice().buffer).getBigUint64(0);
        // Like a receiver that rounds down.
        const unixUs = (ntp * 1_000_000n >> 32n) - 2_208_988_800_000_000n;
        assert.equal(Number(unixUs), captureUnixUs);
      }
    }),
    { numRuns: 30 },
  );
});

Deno.test("an element is found among others and padding, and hostile lengths are not followed", () => {
  const packet = (extension: readonly number[], profile = 0xbede) => ({
    ...parseRtpPacket(Uint8Array.of(0x80, 96, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)),
    extension: { profile, data: Uint8Array.from(extension) },
  });
  assert.deepEqual([...elementOf(packet([0, 0x20, 7, 0, 0x31, 8, 9, 0]), 3)!], [8, 9]);
  assert.equal(elementOf(packet([0x3f, 1, 2, 3]), 3), undefined);
  assert.equal(elementOf(packet([0x30, 1, 0, 0], 0x1000), 3), undefined);
  assert.equal(elementOf(packet([]), 3), undefined);
});
