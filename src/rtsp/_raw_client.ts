import { INTERLEAVED_HEADER_BYTES, INTERLEAVED_MAGIC } from "./rtsp_message.ts";

/** An answer, or a packet. */
export type Received =
  | {
    readonly kind: "answer";
    readonly status: number;
    readonly headers: ReadonlyMap<string, string>;
    readonly body: string;
  }
  | { readonly kind: "packet"; readonly channel: number; readonly bytes: Uint8Array };

/** An answer. */
export type Answer = Received & { readonly kind: "answer" };

/** A client that sends what a test says. */
export class RawClient implements Disposable {
  readonly #connection: Deno.TcpConn;
  #bytes = new Uint8Array();
  /** Packets received while waiting for answers. */
  readonly packets: (Received & { readonly kind: "packet" })[] = [];
  #cseq = 0;

  private constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
  }

  static async connect(port: number, hostname = "127.0.0.1"): Promise<RawClient> {
    return new RawClient(await Deno.connect({ hostname, port }));
  }

  /** Sends bytes as they are. */
  async send(bytes: string | Uint8Array): Promise<void> {
    let left = typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes;
    while (left.length > 0) left = left.subarray(await this.#connection.write(left));
  }

  /** Sends a request. */
  async request(
    method: string,
    url: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    const fields = Object.entries({ CSeq: `${++this.#cseq}`, ...headers })
      .map(([name, value]) => `${name}: ${value}\r\n`).join("");
    await this.send(`${method} ${url} RTSP/1.0\r\n${fields}\r\n`);
  }

  /** Sends a request and returns its answer. */
  async ask(
    method: string,
    url: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    await this.request(method, url, headers);
    return await this.answer();
  }

  /** Returns the next answer; packets before it are kept. */
  async answer(): Promise<Answer> {
    for (;;) {
      const received = await this.next();
      if (received === undefined) throw new Error("The server has closed the connection");
      if (received.kind === "answer") return received;
      this.packets.push(received);
    }
  }

  /** Returns the next answer or packet; undefined at the end of the connection. */
  async next(): Promise<Received | undefined> {
    for (;;) {
      const found = this.#take();
      if (found !== undefined) return found;
      const chunk = new Uint8Array(65_536);
      const count = await this.#connection.read(chunk).catch(() => null);
      if (count === null) return undefined;
      const bytes = new Uint8Array(this.#bytes.length + count);
      bytes.set(this.#bytes);
      bytes.set(chunk.subarray(0, count), this.#bytes.length);
      this.#bytes = bytes;
    }
  }

  /** Sends nothing more. */
  async closeWrite(): Promise<void> {
    await this.#connection.closeWrite();
  }

  [Symbol.dispose](): void {
    try {
      this.#connection.close();
    } catch {
      // The server has closed it.
    }
  }

  #take(): Received | undefined {
    const bytes = this.#bytes;
    if (bytes[0] === INTERLEAVED_MAGIC) {
      const end = INTERLEAVED_HEADER_BYTES + ((bytes[2] ?? 0) << 8 | (bytes[3] ?? 0));
      if (bytes.length < Math.max(end, INTERLEAVED_HEADER_BYTES)) return undefined;
      this.#bytes = bytes.subarray(end);
      return { kind: "packet", channel: bytes[1]!, bytes: bytes.slice(4, end) };
    }
    const text = new TextDecoder("latin1").decode(bytes);
    const end = text.indexOf("\r\n\r\n");
    if (end < 0) return undefined;
    const [first = "", ...fields] = text.slice(0, end).split("\r\n");
    const headers = new Map<string, string>();
    for (const field of fields) {
      const [, name = "", value = ""] = /^([^:]*): ?(.*)$/.exec(field) ?? [];
      const before = headers.get(name.toLowerCase());
      headers.set(name.toLowerCase(), before === undefined ? value : `${before}\n${value}`);
    }
    const length = Number(headers.get("content-length") ?? 0);
    const bodyStart = end + 4;
    if (bytes.length < bodyStart + length) return undefined;
    this.#bytes = bytes.subarray(bodyStart + length);
    const [, status] = /^RTSP\/1\.0 (\d{3}) /.exec(first) ?? [];
    const body = new TextDecoder().decode(bytes.subarray(bodyStart, bodyStart + length));
    return { kind: "answer", status: Number(status), headers, body };
  }
}
