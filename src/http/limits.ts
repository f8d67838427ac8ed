/** Longest request target in bytes. */
const MAX_TARGET_BYTES = 2048;
/** Most bytes of all header fields together. */
const MAX_HEADER_BYTES = 16 * 1024;
/** Most bytes of a body: no request needs one. */
const MAX_BODY_BYTES = 4096;
/** Requests that are served at once. */
const MAX_REQUESTS = 32;

/** Refuses what is larger than any request needs to be, and more requests than can be served at once. */
export class RequestLimits {
  #active = 0;

  /** Serves a request within the limits, or returns why it is refused. */
  async within(
    request: Request,
    serve: () => Response | Promise<Response>,
  ): Promise<Response | { readonly status: number; readonly message: string }> {
    const excess = excessOf(request);
    if (excess !== undefined) return excess;
    if (this.#active >= MAX_REQUESTS) {
      return { status: 503, message: `At most ${MAX_REQUESTS} requests are served at once` };
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
    return { status: 413, message: `A body of more than ${MAX_BODY_BYTES} bytes is not read` };
  }
  return undefined;
}
