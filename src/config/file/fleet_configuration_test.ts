import assert from "node:assert/strict";
import type { GivenFlags } from "../read_flags.ts";
import { type FleetConfiguration, readFleetConfiguration } from "./fleet_configuration.ts";

/** Reads `rig.toml` of these files. */
function read(
  files: Readonly<Record<string, string>>,
  variables: Readonly<Record<string, string>> = {},
  flags: GivenFlags = new Map(),
): Promise<FleetConfiguration> {
  return readFleetConfiguration("rig.toml", {
    processId: 7,
    flags,
    variable: (name) => variables[name],
    readText: (path) => {
      const text = files[path];
      if (text === undefined) return Promise.reject(new Deno.errors.NotFound());
      return Promise.resolve(text);
    },
  });
}

async function problem(
  files: Readonly<Record<string, string>> | string,
  variables: Readonly<Record<string, string>> = {},
): Promise<string> {
  const given = typeof files === "string" ? { "rig.toml": files } : files;
  try {
    await read(given, variables);
  } catch (error) {
    assert.ok(error instanceof Error && error.name === "ConfigurationError", String(error));
    return error.message;
  }
  assert.fail("it was taken");
}

const FRONT = `[streams.front]
codec = "h264"
target = "front"
`;

Deno.test("a file's keys are the flags of the same names, and defaults hold for all streams", async () => {
  const { streams, http, log } = await read({
    "rig.toml": `log-level = "debug"
[http]
address = "127.0.0.1:9100"
[defaults]
codec = "h265"
gop = 60
[streams.front]
target = "front"
rtp = true
rtp-endpoint = ["127.0.0.1:5004", "127.0.0.1:5008"]
[streams.rear]
target = "rear"
gop = 15
enabled = false
`,
  });
  assert.equal(log.level, "debug");
  assert.deepEqual([http?.host, http?.port], ["127.0.0.1", 9100]);
  const [front, rear] = streams;
  assert.equal(front?.configuration.stream.codec, "h265");
  assert.equal(front.configuration.stream.gop, 60);
  assert.equal(front.configuration.rtp?.receivers.length, 2);
  assert.equal(rear?.configuration.stream.gop, 15);
  assert.deepEqual([front.enabled, rear.enabled], [true, false]);
});

Deno.test("a stream may have any number of outputs, each in a separate table", async () => {
  const { streams: [front] } = await read({
    "rig.toml": `${FRONT}
[[streams.front.outputs]]
type = "rtmp"
rtmp-url = "rtmp://one/live"
key-file = "one.key"
[[streams.front.outputs]]
type = "rtmp"
rtmp-url = "rtmp://two/live/\${KEY}"
rtmp-reconnect = false
[[streams.front.outputs]]
type = "rtp"
rtp-endpoint = "127.0.0.1:5004"
`,
    "one.key": "secret-one\n",
  }, { KEY: "secret-two" });
  const outputs = front?.outputs.map(({ kind, options }) => [kind, options]);
  assert.deepEqual(outputs?.map(([kind]) => kind), ["rtmp", "rtmp", "rtp"]);
  const [one, two] = front?.outputs ?? [];
  assert.ok(one?.kind === "rtmp" && two?.kind === "rtmp");
  assert.equal(one.options.key, "secret-one");
  assert.equal(two.options.reconnect, false);
  // What may be shown has no secret in it; what changes may be compared by has.
  assert.doesNotMatch(JSON.stringify(front?.settings), /secret/);
  assert.match(JSON.stringify(front?.settings), /"rtmp:\/\/one\/live\/\*\*\*"/);
  assert.match(front?.fingerprint ?? "", /secret-two/);
});

Deno.test("flags of logs and HTTP override the file, key by key", async () => {
  const file = {
    "rig.toml": `log-format = "json"
[http]
address = "0.0.0.0:80"
token-file = "token"
${FRONT}`,
  };
  const flags = new Map([["log-level", "debug"], ["http", "127.0.0.1:9100"]]);
  const { log, http } = await read(file, {}, flags);
  assert.deepEqual(log, { level: "debug", format: "json" });
  assert.deepEqual([http?.host, http?.tokenFile], ["127.0.0.1", "token"]);
});

Deno.test("an unnamed simulated camera gets a source that fits, whatever the stream's name", async () => {
  const name = "a-rather-long-name-of-a-camera.with-dots";
  const { streams } = await read({
    "rig.toml": `[defaults]
codec = "h264"
input-mode = "dummy"
[streams."${name}"]
[streams.other]
`,
  });
  const names = streams.map(({ configuration }) => configuration.stream.source.shmName);
  assert.equal(new Set(names).size, 2);
});

Deno.test("tables of extended files are merged, and arrays replaced", async () => {
  const { streams: [front], paths } = await read({
    "rig.toml": `extends = ["base/base.toml"]
[streams.front]
rtp-endpoint = ["127.0.0.1:6000"]
`,
    "base/base.toml": `extends = "more.toml"
[streams.front]
rtp = true
rtp-endpoint = ["127.0.0.1:5004", "127.0.0.1:5008"]
`,
    "base/more.toml": FRONT,
  });
  assert.deepEqual(paths, ["rig.toml", "base/base.toml", "base/more.toml"]);
  const endpoints = front?.configuration.rtp?.receivers.map(({ endpoint }) => endpoint);
  assert.deepEqual(endpoints, ["127.0.0.1:6000"]);
  assert.equal(front?.configuration.stream.codec, "h264");
});

for (
  const [name, files, expected] of [
    ["not TOML", "a = 1\n[b\n", /^rig\.toml:2:\d+: not valid TOML: /],
    ["no stream", "[defaults]\ngop = 1\n", /^rig\.toml: there is no stream: expected at least one/],
    [
      "an unknown key",
      `${FRONT}bit-rate = 5\n`,
      /^rig\.toml:4: streams\.front\.bit-rate: unknown key; did you mean bitrate\?$/,
    ],
    [
      "an unknown key of an output",
      `${FRONT}[[streams.front.outputs]]\ntype = "rtp"\nrtp-endpoints = "a:1"\n`,
      /^rig\.toml:6: streams\.front\.outputs\.0\.rtp-endpoints: unknown key; did you mean rtp-endpoint\?$/,
    ],
    [
      "a number out of range",
      `${FRONT}\ngop = 0\n`,
      /^rig\.toml:5: streams\.front\.gop: expected an integer from 1 to 65535, got 0$/,
    ],
    [
      "a text for a number",
      `[defaults]\ngop = "30"\n${FRONT}`,
      /^rig\.toml:2: defaults\.gop: expected an integer from 1 to 65535, got "30"$/,
    ],
    [
      "a word that is not allowed",
      '[streams.front]\ncodec = "vp9"\n',
      /^rig\.toml:2: streams\.front\.codec: expected h264 or h265, got "vp9"$/,
    ],
    [
      "what is missing",
      '[streams.front]\ntarget = "a"\n',
      /^rig\.toml:1: streams\.front: Missing codec: expected h264 or h265$/,
    ],
    [
      "what contradicts itself",
      `${FRONT}rtp = true\n`,
      /^rig\.toml:4: streams\.front: rtp needs rtp-endpoint HOST:PORT$/,
    ],
    [
      "a name that cannot be one",
      '[streams."a b"]\ncodec = "h264"\n',
      /^rig\.toml:1: streams\.a b: expected a name of letters/,
    ],
    [
      "two keys",
      `${FRONT}rtmp = true\nrtmp-url = "rtmp://a/live"\nrtmp-key = "k"\nkey-file = "k"\n`,
      /^rig\.toml:1: streams\.front: key-file and rtmp-key exclude each other$/,
    ],
    [
      "a name that is reserved",
      '[streams.constructor]\nfoo = "x"\n',
      /^rig\.toml:1: streams\.constructor: this name is reserved/,
    ],
    [
      "a variable without an end, without showing what may be a secret",
      `${FRONT}rtmp-key = "SEC\${RET-part"\n`,
      /^rig\.toml:4: streams\.front\.rtmp-key: expected \$\{NAME\} of an environment variable; write/,
    ],
    [
      "an output without a type",
      `${FRONT}[[streams.front.outputs]]\nrtmp-url = "rtmp://a/b"\n`,
      /^rig\.toml:4: streams\.front\.outputs\.0\.type: expected type = "rtp" or type = "rtmp", got nothing$/,
    ],
    [
      "a receiver of two streams",
      `[defaults]\ncodec = "h264"\nrtp = true\nrtp-endpoint = "a:5004"\n[streams.a]\ntarget = "a"\n` +
      `[streams.b]\ntarget = "b"\n`,
      /^rig\.toml:7: streams\.b: the receiver a:5004 is in use by streams\.a$/,
    ],
    [
      "a simulated camera of two streams",
      `[defaults]\ncodec = "h264"\ninput-mode = "dummy"\ntarget = "cam"\n[streams.a]\ngop = 1\n[streams.b]\ngop = 2\n`,
      /^rig\.toml:7: streams\.b: the simulated camera cvmmap_cam is in use by streams\.a$/,
    ],
    [
      "a variable that is not set",
      `${FRONT}rtmp = true\nrtmp-url = "rtmp://a/live/\${KEY}"\n`,
      /^rig\.toml:5: streams\.front\.rtmp-url: the environment variable KEY is not set$/,
    ],
    [
      "a variable without an end",
      `${FRONT}rtmp-url = "rtmp://a/live/\${KEY"\n`,
      /^rig\.toml:4: streams\.front\.rtmp-url: expected \$\{NAME\} of an environment variable/,
    ],
    [
      "a key file that is missing",
      `${FRONT}rtmp = true\nrtmp-url = "rtmp://a/live"\nkey-file = "k"\n`,
      /^rig\.toml:6: streams\.front\.key-file: cannot read k: there is no such file$/,
    ],
    [
      "a key that is not a text, without showing it",
      `${FRONT}rtmp-key = 12345\n`,
      /^rig\.toml:4: streams\.front\.rtmp-key: expected a text for KEY, got a number$/,
    ],
    [
      "a password that is not a text, without showing it",
      `[rtsp]\naddress = "127.0.0.1:80"\n[rtsp.users]\nviewer = 12345\n${FRONT}`,
      /^rig\.toml:4: rtsp\.users\.viewer: expected USER = "PASSWORD", got a number$/,
    ],
    [
      "no user",
      `[rtsp]\naddress = "127.0.0.1:80"\n[rtsp.users]\n${FRONT}`,
      /^rig\.toml:3: rtsp\.users: expected at least one user, got a table$/,
    ],
    [
      "RTSP for all without users",
      `[rtsp]\naddress = "0.0.0.0:80"\n${FRONT}`,
      /^rig\.toml:\d: rtsp: address 0\.0\.0\.0:80 is reachable from other machines: give users-file/,
    ],
    [
      "RTSPS without a certificate",
      `[rtsp]\naddress = "127.0.0.1:80"\ntls = true\n${FRONT}`,
      /^rig\.toml:3: rtsp(?:\.tls)?: tls needs \[http\] with http\.cert and http\.key$/,
    ],
    [
      "an address for all without a token",
      `[http]\naddress = "0.0.0.0:80"\n${FRONT}`,
      /^rig\.toml:\d: http: address 0\.0\.0\.0:80 is reachable from other machines: give token-file/,
    ],
    [
      "a base that is missing",
      { "rig.toml": 'extends = ["b.toml"]\n' },
      /^Cannot read b\.toml, which rig\.toml extends: there is no such file$/,
    ],
    [
      "bases that extend each other",
      { "rig.toml": 'extends = ["b.toml"]\n', "b.toml": 'extends = ["rig.toml"]\n' },
      /^rig\.toml extends itself: rig\.toml -> b\.toml -> rig\.toml$/,
    ],
    [
      "a mistake in a base, by its place there",
      { "rig.toml": `extends = "b.toml"\n${FRONT}`, "b.toml": "\n\n[streams.front]\ngop = -1\n" },
      /^b\.toml:4: streams\.front\.gop: expected an integer from 1 to 65535, got -1$/,
    ],
  ] as const
) {
  Deno.test(`a configuration file is refused for ${name}`, async () => {
    assert.match(await problem(files), expected);
  });
}
