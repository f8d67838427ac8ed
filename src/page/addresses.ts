import type { StreamReport } from "./api.ts";

/** Something to copy into another program. */
export interface Address {
  /** What it is for. */
  readonly label: string;
  readonly value: string;
}

/** Returns what other programs need to play the outputs of a stream. */
export function addressesOf(
  { name, settings }: StreamReport,
  { protocol, host }: { readonly protocol: string; readonly host: string },
): Address[] {
  const outputs = Array.isArray(settings["outputs"]) ? settings["outputs"] : [];
  const addresses = [settings, ...outputs].flatMap((output) => addressesOfOutput(output, settings));
  const path = `/api/v1/streams/${encodeURIComponent(name)}`;
  return [
    ...addresses,
    { label: "WebSocket", value: `${protocol === "https:" ? "wss:" : "ws:"}//${host}${path}/live` },
    {
      label: "One picture",
      value: `curl -o picture.jpg '${protocol}//${host}${path}/snapshot.jpg'`,
    },
  ];
}

type Settings = StreamReport["settings"];

function addressesOfOutput(output: Settings, { codec }: Settings): Address[] {
  const addresses: Address[] = [];
  const name = String(codec).toUpperCase();
  const description = texts(output["rtp-sdp"])[0];
  if (description !== undefined && description !== "-") {
    const options = "-fflags nobuffer -protocol_whitelist file,udp,rtp";
    addresses.push({ label: "ffplay", value: `ffplay ${options} ${description}` });
    addresses.push({ label: "VLC", value: `vlc --network-caching=100 ${description}` });
  }
  for (const endpoint of texts(output["rtp-endpoint"])) {
    const port = endpoint.replace(/.*:/, "");
    const caps = `application/x-rtp,media=video,clock-rate=90000,encoding-name=${name},payload=` +
      `${output["rtp-payload-type"] ?? 96}`;
    const lower = name.toLowerCase();
    addresses.push({
      label: `GStreamer, at ${endpoint}`,
      value: `gst-launch-1.0 udpsrc port=${port} caps="${caps}" ! rtpjitterbuffer latency=20 ! ` +
        `rtp${lower}depay ! decodebin ! autovideosink`,
    });
  }
  for (const url of texts(output["rtmp-url"])) {
    addresses.push({ label: "RTMP (OBS, VLC, ffplay)", value: url });
  }
  return addresses;
}

function texts(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).filter((one) => typeof one === "string");
}
