/** How long a server may take, in milliseconds: one that asks another whether we may publish takes seconds. */
export const DEFAULT_RTMP_TIMEOUT_MS = 30_000;
