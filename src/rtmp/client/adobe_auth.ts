import { createHash } from "node:crypto";
import { RtmpError } from "../rtmp_error.ts";

/** Who publishes. */
export interface Credentials {
  /** Name, as the server knows it. */
  readonly user: string;
  /** Secret. */
  readonly password: string;
}

/**
 * Answers a server that refuses `connect` because it wants Adobe authentication ("authmod=adobe"),
 * as Adobe's and Akamai's, Wowza and nimble do. There is no public specification; this is the
 * dialogue that librtmp and FFmpeg speak. The client connects three times:
 *
 * ```text
 * connect app                                      -> "... code=403 need auth; authmod=adobe ..."
 * connect app?authmod=adobe&user=U                 -> "... ?reason=needauth&user=U&salt=S&challenge=C&opaque=O"
 * connect app?...&challenge=OURS&response=R&opaque=O  -> success, or "... ?reason=authfailed&opaque=O"
 *
 * R = base64(md5(base64(md5(U + S + password)) + (O, or C without O) + OURS))
 * ```
 *
 * @param description The server's words, which hold its parameters.
 * @param ownChallenge Eight hexadecimal digits, new for each answer.
 * @returns The query to put behind the application in the next connection, or undefined if this is
 * no request for Adobe authentication.
 * @throws {RtmpError} If the server has refused the credentials, or there are none.
 */
export function answerAdobeAuth(
  description: string,
  credentials: Credentials | undefined,
  ownChallenge: string,
): string | undefined {
  if (!description.includes("authmod=adobe")) return undefined;
  const reason = /\?reason=(\w+)/.exec(description)?.[1];
  if (reason === "authfailed") throw refused("does not accept this password");
  if (reason === "nosuchuser") throw refused("does not know this user");
  if (credentials === undefined) throw refused("wants a user: rtmp://USER:PASSWORD@HOST/APP/KEY");
  const { user } = credentials;
  const known = `?authmod=adobe&user=${user}`;
  if (reason !== "needauth") return known;
  const parameters = parametersOf(description);
  const salt = parameters.get("salt") ?? "";
  const opaque = parameters.get("opaque");
  const theirs = opaque ?? parameters.get("challenge") ?? "";
  const response = adobeResponse(credentials, salt, theirs, ownChallenge);
  const echo = opaque === undefined ? "" : `&opaque=${opaque}`;
  return `${known}&challenge=${ownChallenge}&response=${response}${echo}`;
}

/** The proof of the password that the server computes as well. */
export function adobeResponse(
  { user, password }: Credentials,
  salt: string,
  theirChallenge: string,
  ownChallenge: string,
): string {
  return md5(md5(user + salt + password) + theirChallenge + ownChallenge);
}

function parametersOf(description: string): Map<string, string> {
  const query = description.slice(description.indexOf("?reason=") + 1);
  // Values are base64 and end in "=", so only the first one separates.
  return new Map(
    query.split("&").map((pair) => {
      const equals = pair.indexOf("=");
      return [pair.slice(0, equals), pair.slice(equals + 1).trim()];
    }),
  );
}

function md5(text: string): string {
  return createHash("md5").update(text).digest("base64");
}

function refused(problem: string): RtmpError {
  return new RtmpError(`The RTMP server ${problem}`, "rtmp_authentication");
}
