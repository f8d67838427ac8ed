import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { Authentication } from "./authentication.ts";
import type { RtspRequest } from "./rtsp_message.ts";

const USERS = new Map([["viewer", "se:cret"]]);
const URL = "rtsp://h/front";

function request(authorization?: string, method = "DESCRIBE", url = URL): RtspRequest {
  const headers = new Map(authorization === undefined ? [] : [["authorization", authorization]]);
  return { kind: "request", method, url, headers, body: new Uint8Array() };
}

function nonceOf(authentication: Authentication): string {
  return /nonce="([^"]+)"/.exec(authentication.challenges(false)[0]!)![1]!;
}

interface Given {
  readonly algorithm?: "MD5" | "SHA-256";
  readonly password?: string;
  readonly user?: string;
  readonly method?: string;
  readonly uri?: string;
  readonly count?: number;
}

/** Computes a Digest by RFC 7616, 3.4.1; without `count`, by RFC 2069. */
function digest(nonce: string, given: Given = {}): string {
  const { algorithm = "SHA-256", password = "se:cret", user = "viewer", count } = given;
  const { method = "DESCRIBE", uri = URL } = given;
  const hash = (text: string): string =>
    createHash(algorithm === "MD5" ? "md5" : "sha256").update(text).digest("hex");
  const secret = hash(`${user}:cvmmap-streamer:${password}`);
  const nc = count?.toString(16).padStart(8, "0");
  const middle = nc === undefined ? nonce : `${nonce}:${nc}:xyz:auth`;
  const response = hash(`${secret}:${middle}:${hash(`${method}:${uri}`)}`);
  const qop = nc === undefined ? "" : `, qop=auth, nc=${nc}, cnonce="xyz"`;
  return `Digest username="${user}", realm="cvmmap-streamer", nonce="${nonce}", uri="${uri}", ` +
    `response="${response}", algorithm=${algorithm}${qop}`;
}

const basic = (text: string): string => `Basic ${Buffer.from(text).toString("base64")}`;

Deno.test("Basic and Digest grant access to a user with the right password", () => {
  for (const algorithm of ["MD5", "SHA-256"] as const) {
    for (const count of [undefined, 1]) {
      const authentication = new Authentication(USERS);
      const given = digest(nonceOf(authentication), { algorithm, ...(count && { count }) });
      assert.equal(authentication.check(request(given)), "granted", `${algorithm} ${count}`);
    }
  }
  assert.equal(new Authentication(USERS).check(request(basic("viewer:se:cret"))), "granted");
});

Deno.test("a Digest without algorithm is one with MD5", () => {
  const authentication = new Authentication(USERS);
  const given = digest(nonceOf(authentication), { algorithm: "MD5" }).replace(
    ", algorithm=MD5",
    "",
  );
  assert.equal(authentication.check(request(given)), "granted");
});

Deno.test("wrong users, passwords, methods and schemes are refused", () => {
  const authentication = new Authentication(USERS);
  const nonce = nonceOf(authentication);
  assert.equal(authentication.check(request()), "missing");
  for (
    const given of [
      digest(nonce, { password: "secret" }),
      digest(nonce, { user: "other", password: "" }),
      digest(nonce, { method: "PLAY" }),
      digest(nonce, { uri: "rtsp://h/rear" }),
      digest(nonce).replace("cvmmap-streamer", "other"),
      digest(nonce).replace("SHA-256", "SHA-512"),
      basic("viewer:secret"),
      basic("other:"),
      basic("viewer"),
      "Basic !",
      "Digest username=",
      "Bearer x",
    ]
  ) {
    assert.equal(authentication.check(request(given)), "wrong", given);
  }
});

Deno.test("a Digest that is replayed is stale: on another connection, or with a count that does not increase", () => {
  const [one, other] = [new Authentication(USERS), new Authentication(USERS)];
  const nonce = nonceOf(one);
  assert.equal(one.check(request(digest(nonce, { count: 1 }))), "granted");
  assert.equal(other.check(request(digest(nonce, { count: 1 }))), "stale");
  assert.equal(other.check(request(digest(nonce))), "stale");
  assert.equal(one.check(request(digest(nonce, { count: 1 }))), "stale");
  assert.equal(one.check(request(digest(nonce, { count: 2 }))), "granted");
  assert.match(one.challenges(true)[0]!, /stale=true/);
});

Deno.test("a Digest may have the URL of the stream for the URL of its media", () => {
  const authentication = new Authentication(USERS);
  const given = digest(nonceOf(authentication), { method: "SETUP", uri: `${URL}/` });
  assert.equal(authentication.check(request(given, "SETUP", `${URL}/stream=0`)), "granted");
});

Deno.test("a user whose name is not ASCII has access with Basic and with Digest", () => {
  const authentication = new Authentication(new Map([["jürgen", "se:cret"]]));
  const bytes = (text: string): string => Buffer.from(text).toString("latin1");
  const given = digest(nonceOf(authentication), { user: "jürgen" });
  assert.equal(authentication.check(request(bytes(given))), "granted");
  assert.equal(authentication.check(request(basic("jürgen:se:cret"))), "granted");
});

Deno.test("credentials that are too long are wrong", () => {
  const authentication = new Authentication(USERS);
  assert.equal(authentication.check(request(`Digest ${"a".repeat(2000)}`)), "wrong");
});
