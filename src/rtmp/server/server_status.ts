import { textOf } from "../amf0/amf0.ts";
import type { Command } from "../wire/command.ts";
import { RtmpError } from "../rtmp_error.ts";

/** A server's status of a call or a stream (RTMP 1.0, 7.2.2). */
export interface ServerStatus {
  /** `status`, `warning` or `error`; empty if missing. */
  readonly level: string;
  /** For example `NetStream.Publish.Start`; empty if missing. */
  readonly code: string;
  /** Human-readable description; empty if missing. */
  readonly description: string;
  /** Where to connect next, in `NetConnection.Connect.ReconnectRequest` (Enhanced RTMP v2). */
  readonly tcUrl?: string;
}

/** A server refuses a call or ends the stream. The message includes the server's description. */
export class RtmpRefusal extends RtmpError {
  /** Name of the class. */
  override readonly name: string = "RtmpRefusal";
  /** The server's status. */
  readonly status: ServerStatus;

  /**
   * Creates the error.
   *
   * @param action What the server did, for example `refused connect`.
   * @param status The server's status.
   * @param mask Masks secrets in the server's text.
   */
  constructor(action: string, status: ServerStatus, mask: (text: string) => string) {
    const text = [status.code, status.description].filter((part) => part !== "").join(": ");
    super(
      `The RTMP server ${action}${
        text === "" ? ", without a reason" : `: ${printable(mask(text))}`
      }`,
      "rtmp_refused",
    );
    this.status = status;
  }
}

/** Reads the status in `_result`, `_error` and `onStatus`. */
export function statusOf(command: Command): ServerStatus {
  // Some servers put the information object in place of the command object.
  const info = command.args.find((arg) => textOf(arg, "code") !== undefined) ??
    (textOf(command.object, "code") === undefined ? command.args[0] : command.object);
  const tcUrl = textOf(info, "tcUrl") ?? textOf(info, "tcurl");
  return {
    level: textOf(info, "level") ?? "",
    code: textOf(info, "code") ?? "",
    description: textOf(info, "description") ?? "",
    ...(tcUrl !== undefined && { tcUrl }),
  };
}

/** Returns untrusted text as one line of limited length, without control characters. */
function printable(text: string): string {
  // deno-lint-ignore no-control-regex -- A terminal could interpret them.
  const line = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, " ").trim();
  return line.length > 300 ? `${line.slice(0, 300)}...` : line;
}
