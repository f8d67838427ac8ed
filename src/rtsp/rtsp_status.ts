/** Status codes that the server answers with (RFC 2326, 7.1.1). */
export const RTSP_STATUS = {
  200: "OK",
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  406: "Not Acceptable",
  408: "Request Time-out",
  413: "Request Entity Too Large",
  414: "Request-URI Too Large",
  451: "Parameter Not Understood",
  454: "Session Not Found",
  455: "Method Not Valid in This State",
  461: "Unsupported Transport",
  500: "Internal Server Error",
  501: "Not Implemented",
  503: "Service Unavailable",
  505: "RTSP Version not supported",
  551: "Option not supported",
} as const;

/** One of the status codes of {@linkcode RTSP_STATUS}. */
export type RtspStatus = keyof typeof RTSP_STATUS;
