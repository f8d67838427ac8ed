import { createHash } from "node:crypto";
import { RtmpError } from "../rtmp_error.ts";

/** Credentials for Adobe authentication. */
export interface Credentials {
  /** User name. */
  readonly user: string;
  /** Secret. */
  readonly password: string;
}

/**
 * Answers a server that refuses `connect` because it requires Adobe authentication ("authmod=adobe"),
 * such as Adobe's and Akamai's servers, Wowza and Nimble. There is no public specification. This is the
 * dialogue of librtmp and FFmpeg, in which the client connects three times:
 *
 * ```text
 * connect app                                      -> "... code=403 need auth; authmod=adobe ..."
 * connect app?authmod=adobe&user=U                 -> "... ?reason=needauth&user=U&salt=S&challenge=C&opaque=O"
 * connect app?...&challenge=OURS&response=R&opaque=O  -> success, or "... ?reason=authfailed&opaque=O"
 *
 * R = base64(md5(base64(md5(U + S + password)) + (O, or C without O) + OURS))
 * ```
 *
 * @param description The server's description of the refusal, which holds its parameters.
 * @param ownChallenge Eight random hexadecimal digits, different for each answer.
 * @returns The query to append to the application in the next connection, or undefined if the server
 * does not request Adobe authentication.
 * @throws {RtmpError} If the server rejects the credentials or they are missing.
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
  if (credentials === undefined) {
    throw refused("requires a user: rtmp://USER:PASSWORD@HOST/APP/KEY");
  }
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

/** Returns the response to the server's challenge, which proves that the client knows the password. */
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
  // Values are base64 and may end in "=", so only the first "=" is a separator.
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
