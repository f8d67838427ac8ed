import {
  INTERLEAVED_HEADER_BYTES,
  INTERLEAVED_MAGIC,
  type InterleavedPacket,
  type RtspRequest,
} from "./rtsp_message.ts";
import { RtspError } from "./rtsp_error.ts";

/** Maximum size of the request line and the header fields. */
export const MAX_HEAD_BYTES = 8192;
/** Maximum size of a body. Clients only send parameters. */
export const MAX_BODY_BYTES = 4096;
const MAX_URL_CHARACTERS = 1024;
const MAX_FIELDS = 64;
/** The largest interleaved packet is the largest message. */
const CAPACITY = 65_535 + INTERLEAVED_HEADER_BYTES;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
/** RFC 2326, 15.1: `token`. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** A request without its body. */
type RequestHead = Omit<RtspRequest, "body"> & { readonly bodyBytes: number };

/** Splits the bytes of a client into requests and interleaved packets. */
export class MessageReader {
  readonly #bytes = new Uint8Array(CAPACITY);
  #start = 0;
  #end = 0;
  /** Up to where there is no end of a head. */
  #searched = 0;
  /** The head of the request whose body is not complete. */
  #head: RequestHead | undefined;

  /** Returns memory for the next bytes. It is never empty after {@linkcode next} has returned undefined. */
  space(): Uint8Array<ArrayBuffer> {
    if (this.#start > 0) {
      this.#bytes.copyWithin(0, this.#start, this.#end);
      this.#end -= this.#start;
      this.#searched = Math.max(this.#searched - this.#start, 0);
      this.#start = 0;
    }
    return this.#bytes.subarray(this.#end);
  }

  /** Adds the first bytes of {@linkcode space}, which were read into it. */
  add(count: number): void {
    this.#end += count;
  }

  /**
   * Returns the next message, or undefined if it is not complete.
   *
   * @throws {RtspError} If the bytes are not RTSP or exceed a limit. Nothing after them can be read.
   */
  next(): RtspRequest | InterleavedPacket | undefined {
    if (this.#head !== undefined) return this.#body(this.#head);
    // Some clients end a request with an additional empty line.
    while (this.#start < this.#end && isLineEnd(this.#bytes[this.#start]!)) this.#start++;
    if (this.#start === this.#end) return undefined;
    return this.#bytes[this.#start] === INTERLEAVED_MAGIC ? this.#packet() : this.#request();
  }

  #packet(): InterleavedPacket | undefined {
    const available = this.#end - this.#start;
    if (available < INTERLEAVED_HEADER_BYTES) return undefined;
    const length = this.#bytes[this.#start + 2]! << 8 | this.#bytes[this.#start + 3]!;
    if (available < INTERLEAVED_HEADER_BYTES + length) return undefined;
    const channel = this.#bytes[this.#start + 1]!;
    const start = this.#start + INTERLEAVED_HEADER_BYTES;
    this.#start = start + length;
    return { kind: "packet", channel, bytes: this.#bytes.subarray(start, this.#start) };
  }

  #request(): RtspRequest | undefined {
    const bodyStart = this.#endOfHead();
    if (bodyStart === undefined) {
      if (this.#end - this.#start <= MAX_HEAD_BYTES) return undefined;
      throw new RtspError(413, `The header of a request has more than ${MAX_HEAD_BYTES} bytes`);
    }
    const head = text(this.#bytes.subarray(this.#start, bodyStart));
    const [requestLine = "", ...fields] = head.trimEnd().split(/\r?\n/);
    const { method, url } = parseRequestLine(requestLine);
    const headers = parseFields(fields);
    this.#head = { kind: "request", method, url, headers, bodyBytes: contentLength(headers) };
    this.#start = this.#searched = bodyStart;
    return this.#body(this.#head);
  }

  /** Returns the request with its body, once that is complete. */
  #body({ bodyBytes, ...request }: RequestHead): RtspRequest | undefined {
    if (this.#end - this.#start < bodyBytes) return undefined;
    const body = this.#bytes.slice(this.#start, this.#start + bodyBytes);
    this.#start += bodyBytes;
    this.#searched = this.#start;
    this.#head = undefined;
    return { ...request, body };
  }

  /** Returns where the body begins: after an empty line. */
  #endOfHead(): number | undefined {
    const limit = Math.min(this.#end, this.#start + MAX_HEAD_BYTES);
    for (let at = Math.max(this.#start, this.#searched); at < limit; at++) {
      if (this.#bytes[at] !== LINE_FEED) continue;
      const before = this.#bytes[at - 1] === CARRIAGE_RETURN ? at - 2 : at - 1;
      if (before >= this.#start && this.#bytes[before] === LINE_FEED) return at + 1;
    }
    // The end may be among the last bytes, once the next ones have come.
    this.#searched = Math.max(this.#start, limit - 3);
    return undefined;
  }
}

function parseRequestLine(line: string): { readonly method: string; readonly url: string } {
  const [method = "", url = "", version = "", ...others] = line.split(" ");
  if (!TOKEN.test(method) || url === "" || others.length > 0) {
    throw new RtspError(400, "A request does not begin with METHOD URL RTSP/1.0");
  }
  if (version !== "RTSP/1.0") throw new RtspError(505, "A request is not RTSP 1.0");
  if (url.length > MAX_URL_CHARACTERS) {
    throw new RtspError(414, `A URL has more than ${MAX_URL_CHARACTERS} characters`);
  }
  return { method, url };
}

function parseFields(lines: readonly string[]): Map<string, string> {
  if (lines.length > MAX_FIELDS) {
    throw new RtspError(413, `A request has more than ${MAX_FIELDS} header fields`);
  }
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(colon, 0)).trimEnd().toLowerCase();
    if (!TOKEN.test(name)) throw new RtspError(400, "A header field is not NAME: VALUE");
    const value = line.slice(colon + 1).trim();
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return headers;
}

function contentLength(headers: ReadonlyMap<string, string>): number {
  const value = headers.get("content-length");
  if (value === undefined) return 0;
  if (!/^\d{1,9}$/.test(value)) throw new RtspError(400, "A Content-Length is not a number");
  const length = Number(value);
  if (length > MAX_BODY_BYTES) {
    throw new RtspError(413, `The body of a request has more than ${MAX_BODY_BYTES} bytes`);
  }
  return length;
}

function isLineEnd(byte: number): boolean {
  return byte === LINE_FEED || byte === CARRIAGE_RETURN;
}

/** Decodes each byte as one character, as header fields are compared byte by byte. */
function text(bytes: Uint8Array): string {
  let result = "";
  for (const byte of bytes) result += String.fromCharCode(byte);
  return result;
}
