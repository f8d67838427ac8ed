import { PAGE_ASSETS } from "./page_assets.ts";

/** The page may load only from this server, and run no inline script. Media Source Extensions need `blob:`. */
const CONTENT_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "media-src blob:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const HEADERS = {
  "cache-control": "no-cache",
  "content-security-policy": CONTENT_POLICY,
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

/** Returns a file of the page; undefined for other paths. The page of a stream is the same document. */
export function pageResponse(pathname: string): Response | undefined {
  const isDocument = pathname === "/" || /^\/streams\/[^/]+$/.test(pathname);
  const asset = PAGE_ASSETS.get(isDocument ? "/" : pathname);
  if (asset === undefined) return undefined;
  return new Response(asset.text, { headers: { ...HEADERS, "content-type": asset.contentType } });
}
