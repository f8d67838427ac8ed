/** Response of a route. */
export interface Answer {
  readonly status: number;
  /** Sent as JSON, unless it is a string or bytes. */
  readonly body: unknown;
  /** @default "application/json", or "text/plain" for a string */
  readonly contentType?: string;
}

/** Header fields of every response: no caching, framing or content sniffing. */
const HEADERS = {
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
};

/** Returns an error as JSON: `{"error": "..."}`. */
export function problem(status: number, message: string): Answer {
  return { status, body: { error: message } };
}

/** Converts an answer to a response. */
export function responseOf({ status, body, contentType }: Answer, more?: HeadersInit): Response {
  const isText = typeof body === "string";
  const isBytes = body instanceof Uint8Array;
  const headers = new Headers({ ...HEADERS, ...Object.fromEntries(new Headers(more)) });
  headers.set(
    "content-type",
    contentType ?? (isText ? "text/plain; charset=utf-8" : "application/json"),
  );
  if (isBytes) return new Response(new Uint8Array(body), { status, headers });
  return new Response(isText ? body : `${JSON.stringify(body)}\n`, { status, headers });
}
