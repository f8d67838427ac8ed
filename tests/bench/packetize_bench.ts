import { NalUnits } from "../../src/bitstream/nal_units.ts";
import { PacketArena } from "../../src/rtp/packet_arena.ts";
import { PacketizerH264 } from "../../src/rtp/packetizer_h264.ts";
import { PacketizerH265 } from "../../src/rtp/packetizer_h265.ts";

/** Creates a slice of 30 KB, the size of a frame at 30 frames per second and 7 Mbit/s. */
function slice(header: number[]): Uint8Array {
  const data = new Uint8Array(30_000);
  crypto.getRandomValues(data);
  // Without zeros and ones, the data contain no start code.
  for (let i = 0; i < data.length; i++) if (data[i]! < 2) data[i] = 2;
  data.set([0, 0, 0, 1, ...header]);
  return data;
}

// About 30 packets.
const OPTIONS = { payloadType: 96, ssrc: 1, sequenceNumber: 0, mtu: 1016 };
const units = new NalUnits();
const arena = new PacketArena();

Deno.bench("find the NAL units of 30 KB", () => {
  units.scan(H264);
});

const H264 = slice([0x41]);
const h264 = new PacketizerH264(OPTIONS);
Deno.bench("find and packetize 30 KB of H.264", () => {
  units.scan(H264);
  h264.packetize(units, 3000, arena);
});

const H265 = slice([0x02, 0x01]);
const h265 = new PacketizerH265(OPTIONS);
Deno.bench("find and packetize 30 KB of H.265", () => {
  units.scan(H265);
  h265.packetize(units, 3000, arena);
});
