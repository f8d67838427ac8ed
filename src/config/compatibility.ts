import type { Codec } from "../bitstream/codec.ts";
import { ConfigurationError } from "../errors.ts";

/** How the stream leaves the machine. */
export type Protocol = "rtp" | "rtmp";

/** Packaging of H.265 in RTMP: Enhanced RTMP's FourCC `hvc1`, FLV codec id 12 for older CDNs, or what the server takes. */
export type RtmpMode = "auto" | "enhanced" | "domestic";

/** One combination and what becomes of it. */
export interface CompatibilityRow {
  /** How the stream leaves. */
  readonly protocol: Protocol;
  /** How it is encoded. */
  readonly codec: Codec;
  /** What `--rtmp-mode` says; undefined where it was not given. */
  readonly rtmpMode: RtmpMode | undefined;
  /** `ok`: it runs, in the mode `runsAs`. `refused`: with the message. */
  readonly outcome:
    | { readonly kind: "ok"; readonly runsAs: RtmpMode | undefined; readonly note: string }
    | { readonly kind: "refused"; readonly message: string };
}

const noRtmpMode = "--rtmp-mode needs --rtmp";

/** Every combination of protocol, codec and RTMP mode. What is not here does not exist. */
export const compatibilityMatrix: readonly CompatibilityRow[] = [
  {
    protocol: "rtp",
    codec: "h264",
    rtmpMode: undefined,
    outcome: { kind: "ok", runsAs: undefined, note: "RFC 6184" },
  },
  {
    protocol: "rtp",
    codec: "h265",
    rtmpMode: undefined,
    outcome: { kind: "ok", runsAs: undefined, note: "RFC 7798" },
  },
  ...(["h264", "h265"] as const).flatMap((codec) =>
    (["auto", "enhanced", "domestic"] as const).map((rtmpMode): CompatibilityRow => ({
      protocol: "rtp",
      codec,
      rtmpMode,
      outcome: { kind: "refused", message: noRtmpMode },
    }))
  ),
  {
    protocol: "rtmp",
    codec: "h264",
    rtmpMode: undefined,
    outcome: { kind: "ok", runsAs: "enhanced", note: "FLV codec id 7" },
  },
  {
    protocol: "rtmp",
    codec: "h264",
    rtmpMode: "auto",
    outcome: { kind: "ok", runsAs: "enhanced", note: "FLV codec id 7" },
  },
  {
    protocol: "rtmp",
    codec: "h264",
    rtmpMode: "enhanced",
    outcome: { kind: "ok", runsAs: "enhanced", note: "FLV codec id 7" },
  },
  {
    protocol: "rtmp",
    codec: "h264",
    rtmpMode: "domestic",
    outcome: {
      kind: "refused",
      message: "RTMP with h264 cannot use --rtmp-mode domestic: " +
        "use --rtmp-mode enhanced, or --codec h265",
    },
  },
  {
    protocol: "rtmp",
    codec: "h265",
    rtmpMode: undefined,
    outcome: {
      kind: "refused",
      message: "RTMP with h265 needs --rtmp-mode: expected auto, enhanced or domestic",
    },
  },
  {
    protocol: "rtmp",
    codec: "h265",
    rtmpMode: "auto",
    outcome: {
      kind: "ok",
      runsAs: "auto",
      note: "FourCC hvc1 where the server takes it, else FLV codec id 12",
    },
  },
  {
    protocol: "rtmp",
    codec: "h265",
    rtmpMode: "enhanced",
    outcome: { kind: "ok", runsAs: "enhanced", note: "Enhanced RTMP, FourCC hvc1" },
  },
  {
    protocol: "rtmp",
    codec: "h265",
    rtmpMode: "domestic",
    outcome: { kind: "ok", runsAs: "domestic", note: "FLV codec id 12" },
  },
];

/**
 * The RTMP mode that a combination runs in; undefined for RTP.
 *
 * @throws {ConfigurationError} The combination is refused; the message says what is allowed.
 *
 * @example
 * ```ts
 * resolveRtmpMode("rtmp", "h264", undefined); // "enhanced"
 * ```
 */
export function resolveRtmpMode(
  protocol: Protocol,
  codec: Codec,
  rtmpMode: RtmpMode | undefined,
): RtmpMode | undefined {
  const row = compatibilityMatrix.find((row) =>
    row.protocol === protocol && row.codec === codec && row.rtmpMode === rtmpMode
  );
  if (row?.outcome.kind === "ok") return row.outcome.runsAs;
  throw new ConfigurationError(
    row?.outcome.message ?? `${protocol} with ${codec} is not a supported combination`,
  );
}
