/** Maximum length of a URL in bytes. */
const MAX_TARGET_BYTES = 2048;
/** Maximum size of all header fields in bytes. */
const MAX_HEADER_BYTES = 16 * 1024;
/** Maximum size of a body in bytes. No request needs one. */
const MAX_BODY_BYTES = 4096;
/** Maximum number of concurrent requests. */
const MAX_REQUESTS = 32;

/** Limits the size of requests, and their number. */
export class RequestLimits {
  #active = 0;

  /** Serves a request, or returns the reason if it exceeds a limit. */
  async within(
    request: Request,
    serve: () => Response | Promise<Response>,
  ): Promise<Response | { readonly status: number; readonly message: string }> {
    const excess = excessOf(request);
    if (excess !== undefined) return excess;
    if (this.#active >= MAX_REQUESTS) {
      return { status: 503, message: `More than ${MAX_REQUESTS} concurrent requests` };
    }
    this.#active += 1;
    try {
      return await serve();
    } finally {
      this.#active -= 1;
    }
  }
}

function excessOf(
  { url, headers }: Request,
): { readonly status: number; readonly message: string } | undefined {
  if (url.length > MAX_TARGET_BYTES) {
    return { status: 414, message: `The URL is longer than ${MAX_TARGET_BYTES} bytes` };
  }
  let bytes = 0;
  for (const [name, value] of headers) bytes += name.length + value.length + 4;
  if (bytes > MAX_HEADER_BYTES) {
    return { status: 431, message: `The header is longer than ${MAX_HEADER_BYTES} bytes` };
  }
  const length = headers.get("content-length");
  if (
    headers.has("transfer-encoding") || (length !== null && !(Number(length) <= MAX_BODY_BYTES))
  ) {
    return { status: 413, message: `The body is longer than ${MAX_BODY_BYTES} bytes` };
  }
  return undefined;
}
