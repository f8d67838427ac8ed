import assert from "node:assert/strict";
import { parseUsers, type RtspConfiguration, rtspConfiguration } from "./rtsp.ts";

const HTTP = {
  host: "127.0.0.1",
  port: 9100,
  tokenFile: undefined,
  isPublic: false,
  tls: { certFile: "a.pem", keyFile: "a.key" },
};

function configure(
  line: string,
  users: Record<string, string> = {},
): RtspConfiguration | undefined {
  const given = new Map<string, string | true>();
  for (const flag of line.split(" --")) {
    const [name = "", value] = flag.replace(/^--/, "").split(" ");
    given.set(name, value ?? true);
  }
  return rtspConfiguration(given, HTTP, users);
}

Deno.test("the RTSP server is configured by flags", () => {
  assert.equal(rtspConfiguration(new Map(), undefined), undefined);
  assert.deepEqual(configure("--rtsp [::1]:8554 --rtsp-transport tcp --rtsp-tls"), {
    host: "::1",
    port: 8554,
    transports: ["tcp"],
    usersFile: undefined,
    users: {},
    isPublic: false,
    tls: HTTP.tls,
  });
  assert.deepEqual(configure("--rtsp 0.0.0.0:8554", { viewer: "x" })?.transports, ["tcp", "udp"]);
  assert.equal(configure("--rtsp 0.0.0.0:8554 --rtsp-public")?.isPublic, true);
});

for (
  const [line, message] of [
    ["--rtsp 8554", /Invalid --rtsp "8554": expected ADDRESS:PORT/],
    [
      "--rtsp 0.0.0.0:8554",
      /reachable from other machines: give --rtsp-users-file FILE, or --rtsp-public/,
    ],
    ["--rtsp 127.0.0.1:9100", /--rtsp 127.0.0.1:9100 is the address of --http/],
    ["--rtsp 127.0.0.1:1 --rtsp-tls --rtsp-transport udp", /exclude each other/],
    ["--rtsp 127.0.0.1:1 --rtsp-public --rtsp-users-file f", /excludes users/],
    ["--rtsp-public", /--rtsp-public needs --rtsp/],
  ] as const
) {
  Deno.test(`${line} is refused`, () => {
    assert.throws(() => configure(line), message);
  });
}

Deno.test("RTSPS needs the certificate of the HTTP server", () => {
  const given = new Map<string, string | true>([["rtsp", "127.0.0.1:1"], ["rtsp-tls", true]]);
  const wanted = /--rtsp-tls needs --http with --http-cert and --http-key/;
  assert.throws(() => rtspConfiguration(given, undefined), wanted);
  assert.throws(() => rtspConfiguration(given, { ...HTTP, tls: undefined }), wanted);
});

Deno.test("a file of users has one a line, and a mistake is named without its text", () => {
  assert.deepEqual([...parseUsers("# comment\n\na:b:c\r\n__proto__:x\n")], [
    ["a", "b:c"],
    ["__proto__", "x"],
  ]);
  assert.throws(
    () => parseUsers("a:b\nsecret\n"),
    /^(?!.*secret).*line 2: expected USER:PASSWORD$/s,
  );
  assert.throws(
    () => parseUsers("alice:b\n\nalice:secret\n"),
    /^(?!.*(?:secret|alice)).*line 3: the user is in an earlier line, too$/s,
  );
  assert.throws(() => parseUsers("# nothing\n"), /expected at least one user/);
});
