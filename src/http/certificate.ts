/** Certificate chain and private key (PEM). */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** Returns why a certificate and its key cannot be used, by listening with them for a moment; undefined if they can. */
export function certificateProblem(certificate: Certificate): string | undefined {
  try {
    Deno.listenTls({ hostname: "127.0.0.1", port: 0, ...certificate }).close();
    return undefined;
  } catch (error) {
    // The system's errors have a code: they are about the loopback, or the number of files.
    if (error instanceof Error && "code" in error && error.code !== undefined) return undefined;
    return error instanceof Error ? error.message : String(error);
  }
}
