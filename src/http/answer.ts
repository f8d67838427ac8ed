/** What a route answers. */
export interface Answer {
  readonly status: number;
  /** Goes out as JSON, unless it is a text. */
  readonly body: unknown;
  /** @default "application/json", or "text/plain" for a text */
  readonly contentType?: string;
}

/** Sent with every answer: none is to be kept, framed, or taken for something else. */
const HEADERS = {
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
};

/** An error as JSON: `{"error": "..."}`. */
export function problem(status: number, message: string): Answer {
  return { status, body: { error: message } };
}

/** The response of an answer. */
export function responseOf({ status, body, contentType }: Answer, more?: HeadersInit): Response {
  const isText = typeof body === "string";
  const headers = new Headers({ ...HEADERS, ...Object.fromEntries(new Headers(more)) });
  headers.set(
    "content-type",
    contentType ?? (isText ? "text/plain; charset=utf-8" : "application/json"),
  );
  return new Response(isText ? body : `${JSON.stringify(body)}\n`, { status, headers });
}
