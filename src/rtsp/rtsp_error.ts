import { StreamerError } from "../errors.ts";
import type { RtspStatus } from "./rtsp_status.ts";

/** A request that cannot be fulfilled. */
export class RtspError extends StreamerError {
  /** Status code of the answer. */
  readonly status: RtspStatus;

  /** @param message A sentence for the log, without anything that the client has sent. */
  constructor(status: RtspStatus, message: string) {
    super(message, { code: "rtsp_request" });
    this.status = status;
  }
}
