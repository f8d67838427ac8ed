import type { ReaderEvent } from "../../ffi/reader_event.ts";
import type { FrameIdentity } from "../bitstream/frame_identity.ts";

/** Returns the identities of frames. A label is decoded when it changes, which is hardly ever. */
export class FrameIdentities {
  #bytes = new Uint8Array();
  #label = "";

  /** Returns the identity of a frame whose picture or access unit was read. */
  of({ frameCount, captureUnixNs, label }: ReaderEvent): FrameIdentity {
    if (!isEqual(label, this.#bytes)) {
      this.#bytes = label.slice();
      const end = label.indexOf(0);
      this.#label = new TextDecoder().decode(end < 0 ? label : label.subarray(0, end));
    }
    return { frameNumber: frameCount, captureUnixNs, label: this.#label };
  }
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
