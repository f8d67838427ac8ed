import { type AmfObject, propertiesOf } from "./amf0/amf0.ts";
import { videoH265Domestic } from "./flv/video_legacy.ts";
import { videoH265Enhanced } from "./flv/video_enhanced.ts";
import type { VideoPackaging } from "./flv/video_packaging.ts";
import { FOURCC_HEVC, FourCcInfo } from "./flv/video_constants.ts";

/** Chooses the packaging of each session's video. */
export interface PackagingChoice {
  /** Additional properties of `connect`. */
  readonly connectProperties: AmfObject;
  /**
   * Returns the packaging for a new session.
   *
   * @param answer Properties that the server sent in its answer to `connect`.
   */
  choose(answer: AmfObject): VideoPackaging;
  /**
   * Called when the server has ended that session.
   *
   * @param lasted Whether the session lasted long enough to conclude that the server accepts the video.
   */
  ended(lasted: boolean): void;
}

/** Returns a choice that uses `packaging` for every session. */
export function fixedPackaging(packaging: VideoPackaging): PackagingChoice {
  return {
    connectProperties: packaging.connectProperties,
    choose: () => packaging,
    ended: () => {},
  };
}

/**
 * Packages H.265 as Enhanced RTMP if the server supports it, and as FLV codec id 12 otherwise. Servers of
 * Enhanced RTMP announce what they support (v2, Enhancing NetConnection connect Command). If a server
 * announces nothing, each session that it ends early makes the next one try the other packaging, until a
 * session lasts.
 */
export class HevcPackagingChoice implements PackagingChoice {
  readonly connectProperties: AmfObject = videoH265Enhanced.connectProperties;
  #next: VideoPackaging = videoH265Enhanced;
  #isProven = false;
  #isAnnounced = false;

  /** Returns the packaging that the server announces, or else the one that worked or comes next. */
  choose(answer: AmfObject): VideoPackaging {
    const supported = supportsFourCc(answer, FOURCC_HEVC);
    this.#isAnnounced = supported !== undefined;
    if (supported === undefined) return this.#next;
    return supported ? videoH265Enhanced : videoH265Domestic;
  }

  /** Keeps or switches the packaging, if the server announced nothing. */
  ended(lasted: boolean): void {
    if (this.#isAnnounced || this.#isProven) return;
    this.#isProven = lasted;
    if (lasted) return;
    this.#next = this.#next === videoH265Enhanced ? videoH265Domestic : videoH265Enhanced;
  }
}

/** Returns whether a server announces support for a FourCC, or undefined if it announces nothing. */
function supportsFourCc(answer: AmfObject, fourCc: string): boolean | undefined {
  const map = propertiesOf(ownProperty(answer, "videoFourCcInfoMap"));
  const list = ownProperty(answer, "fourCcList");
  if (map === undefined && !Array.isArray(list)) return undefined;
  const listed = Array.isArray(list) && (list.includes(fourCc) || list.includes("*"));
  const mask = FourCcInfo.CanDecode | FourCcInfo.CanForward;
  return listed ||
    [fourCc, "*"].some((name) => (Number(ownProperty(map ?? {}, name) ?? 0) & mask) !== 0);
}

/** Reads a property without the prototype's: a server's object may have any names. */
function ownProperty(object: AmfObject, name: string): AmfObject[string] {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}
