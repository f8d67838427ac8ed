import type { Codec } from "../bitstream/codec.ts";
import { ConfigurationError } from "../errors.ts";

/** Protocol of an output. */
export type Protocol = "rtp" | "rtmp";

/** Packaging of H.265 in RTMP: FourCC `hvc1` of Enhanced RTMP, FLV codec id 12 for older CDNs, or whichever the server accepts. */
export type RtmpMode = "auto" | "enhanced" | "domestic";

/** One combination and its outcome. */
export interface CompatibilityRow {
  /** Protocol of the output. */
  readonly protocol: Protocol;
  /** Codec of the stream. */
  readonly codec: Codec;
  /** Value of `--rtmp-mode`; undefined if it is not given. */
  readonly rtmpMode: RtmpMode | undefined;
  /** `ok`: runs in the mode `runsAs`. `refused`: fails with the message. */
  readonly outcome:
    | { readonly kind: "ok"; readonly runsAs: RtmpMode | undefined; readonly note: string }
    | { readonly kind: "refused"; readonly message: string };
}

const noRtmpMode = "--rtmp-mode needs --rtmp";

/** All combinations of protocol, codec and RTMP mode. */
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
      note: "FourCC hvc1 if the server accepts it, otherwise FLV codec id 12",
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
 * Returns the RTMP mode of a combination; undefined for RTP.
 *
 * @throws {ConfigurationError} If the combination is refused. The message says what is allowed.
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
