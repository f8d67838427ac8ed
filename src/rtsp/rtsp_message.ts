import { RTSP_STATUS, type RtspStatus } from "./rtsp_status.ts";

/** A request of a client (RFC 2326, 6). */
export interface RtspRequest {
  readonly kind: "request";
  /** The method, for example `DESCRIBE`. */
  readonly method: string;
  /** The URL as the client has sent it. */
  readonly url: string;
  /** Header fields by their names in lower case. Repeated ones are joined by commas. */
  readonly headers: ReadonlyMap<string, string>;
  /** The body; may be empty. */
  readonly body: Uint8Array;
}

/** A binary packet within the connection (RFC 2326, 10.12). */
export interface InterleavedPacket {
  readonly kind: "packet";
  /** 0 to 255. */
  readonly channel: number;
  /** Valid until the next message is read. */
  readonly bytes: Uint8Array;
}

/** The first byte of an interleaved packet. */
export const INTERLEAVED_MAGIC = 0x24;
/** Size of what precedes an interleaved packet: the magic byte, the channel and the length. */
export const INTERLEAVED_HEADER_BYTES = 4;

/** An answer. */
export interface RtspResponse {
  readonly status: RtspStatus;
  /** Header fields, in this order. A field may have several values, each of which gets its own line. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string;
}

/**
 * Writes a response.
 *
 * @param cseq Number of the request; undefined if it has none.
 */
export function formatResponse(
  { status, headers = {}, body = "" }: RtspResponse,
  cseq: string | undefined,
): Uint8Array<ArrayBuffer> {
  const content = new TextEncoder().encode(body);
  const lines = [`RTSP/1.0 ${status} ${RTSP_STATUS[status]}`];
  if (cseq !== undefined) lines.push(`CSeq: ${cseq}`);
  for (const [name, values] of Object.entries(headers)) {
    for (const value of typeof values === "string" ? [values] : values) {
      lines.push(`${name}: ${value}`);
    }
  }
  if (content.length > 0) lines.push(`Content-Length: ${content.length}`);
  const head = new TextEncoder().encode(`${lines.join("\r\n")}\r\n\r\n`);
  const bytes = new Uint8Array(head.length + content.length);
  bytes.set(head);
  bytes.set(content, head.length);
  return bytes;
}
