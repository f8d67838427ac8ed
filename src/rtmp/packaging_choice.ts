import { type AmfObject, propertiesOf } from "./amf0/amf0.ts";
import { FourCcInfo } from "./client/connect_properties.ts";
import { videoH265Domestic } from "./flv/video_h265_domestic.ts";
import { videoH265Enhanced } from "./flv/video_h265_enhanced.ts";
import type { VideoPackaging } from "./flv/video_packaging.ts";
import { FOURCC_HEVC } from "./flv/video_tag.ts";

/** Decides how the video of each session is packaged. */
export interface PackagingChoice {
  /** What `connect` says besides the usual. */
  readonly connectProperties: AmfObject;
  /**
   * The packaging of a session.
   *
   * @param answer What the server said of itself when it answered `connect`.
   */
  choose(answer: AmfObject): VideoPackaging;
  /** The server has ended that session: whether it had lasted, as one does whose video is taken. */
  ended(lasted: boolean): void;
}

/** The same packaging for every session. */
export function always(packaging: VideoPackaging): PackagingChoice {
  return {
    connectProperties: packaging.connectProperties,
    choose: () => packaging,
    ended: () => {},
  };
}

/**
 * H.265 as Enhanced RTMP where the server can take it, and as FLV codec id 12 where it cannot. A server of
 * Enhanced RTMP says what it takes (v2, Enhancing NetConnection connect Command). Of one that says nothing,
 * a session that lasts is the proof; where one is ended early, the next session tries the other packaging.
 */
export class HevcPackagingChoice implements PackagingChoice {
  readonly connectProperties: AmfObject = videoH265Enhanced.connectProperties;
  #next: VideoPackaging = videoH265Enhanced;
  #isProven = false;
  #wasSaid = false;

  /** As the server says, or else what has worked, or has not been tried. */
  choose(answer: AmfObject): VideoPackaging {
    const takes = takesFourCc(answer, FOURCC_HEVC);
    this.#wasSaid = takes !== undefined;
    if (takes === undefined) return this.#next;
    return takes ? videoH265Enhanced : videoH265Domestic;
  }

  /** Learns from a session of which nothing had been said. */
  ended(lasted: boolean): void {
    if (this.#wasSaid || this.#isProven) return;
    this.#isProven = lasted;
    if (lasted) return;
    this.#next = this.#next === videoH265Enhanced ? videoH265Domestic : videoH265Enhanced;
  }
}

/** Whether a server says that it takes this video; undefined where it does not say. */
function takesFourCc(answer: AmfObject, fourCc: string): boolean | undefined {
  const map = propertiesOf(own(answer, "videoFourCcInfoMap"));
  const list = own(answer, "fourCcList");
  if (map === undefined && !Array.isArray(list)) return undefined;
  const listed = Array.isArray(list) && (list.includes(fourCc) || list.includes("*"));
  const takes = FourCcInfo.CanDecode | FourCcInfo.CanForward;
  return listed || [fourCc, "*"].some((name) => (Number(own(map ?? {}, name) ?? 0) & takes) !== 0);
}

/** A server's object may have any names. */
function own(object: AmfObject, name: string): AmfObject[string] {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}
