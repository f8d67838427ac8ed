/// <reference lib="dom" />
import type { MemberReport } from "../fleet/member.ts";
import type { Stage } from "../stream/stage_latency.ts";

/** One stream, as the API reports it. */
export interface StreamReport extends MemberReport {
  /** Number of frames, and the sum of their durations, by stage; missing before the first run. */
  readonly stages?: Readonly<Record<Stage, StageTotal>>;
}

/** Total of a stage. */
export interface StageTotal {
  readonly count: number;
  readonly sumSeconds: number;
}

/** What the user may do. */
export interface Access {
  readonly change: boolean;
}

/** The server wants a token. */
export class TokenNeeded extends Error {}

const TOKEN_KEY = "cvmmap-token";

/** Returns the token that the user has entered in this tab, if any. */
export function storedToken(): string | undefined {
  return sessionStorage.getItem(TOKEN_KEY) ?? undefined;
}

/** Stores a token for this tab. */
export function storeToken(token: string): void {
  sessionStorage.setItem(TOKEN_KEY, token);
}

/**
 * Requests JSON from the API.
 *
 * @throws {TokenNeeded} The token is missing or wrong.
 * @throws {Error} With the server's reason.
 */
export async function request<T>(path: string, method: "GET" | "POST" = "GET"): Promise<T> {
  const token = storedToken();
  const headers: HeadersInit = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(path, { method, headers });
  const body = await response.json();
  if (response.ok) return body;
  const reason = String(body?.error ?? response.statusText);
  throw response.status === 401 ? new TokenNeeded(reason) : new Error(reason);
}

/** Returns the path of a stream in the API. */
export function streamPath(name: string): string {
  return `/api/v1/streams/${encodeURIComponent(name)}`;
}
