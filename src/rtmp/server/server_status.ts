import { textOf } from "../amf0/amf0.ts";
import type { Command } from "../wire/command.ts";
import { RtmpError } from "../rtmp_error.ts";

/** What a server says of a call or a stream, in its own words (RTMP 1.0, 7.2.2). */
export interface ServerStatus {
  /** `status`, `warning` or `error`; empty if the server did not say. */
  readonly level: string;
  /** For example `NetStream.Publish.Start`; empty if the server did not say. */
  readonly code: string;
  /** For people; empty if the server did not say. */
  readonly description: string;
  /** Where to connect next, in `NetConnection.Connect.ReconnectRequest` (Enhanced RTMP v2). */
  readonly tcUrl?: string;
}

/** A server that refuses a call or ends the stream, with its words. */
export class RtmpRefusal extends RtmpError {
  /** Name of the class. */
  override readonly name: string = "RtmpRefusal";
  /** What the server said. */
  readonly status: ServerStatus;

  /**
   * Makes one.
   *
   * @param action What the server did, for example `refused connect`.
   * @param status What the server said.
   * @param mask Hides what is secret in these words.
   */
  constructor(action: string, status: ServerStatus, mask: (text: string) => string) {
    const words = [status.code, status.description].filter((part) => part !== "").join(": ");
    super(
      `The RTMP server ${action}${words === "" ? ", without a reason" : `: ${line(mask(words))}`}`,
      "rtmp_refused",
    );
    this.status = status;
  }
}

/** Reads what `_result`, `_error` and `onStatus` hold. */
export function statusOf(command: Command): ServerStatus {
  // Some servers put the information where the properties of the command should be.
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

/** Outside words in one line: without control characters, and not too long. */
function line(text: string): string {
  // deno-lint-ignore no-control-regex -- They could mean something to a terminal.
  const printable = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, " ").trim();
  return printable.length > 300 ? `${printable.slice(0, 300)}...` : printable;
}
