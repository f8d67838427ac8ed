import assert from "node:assert/strict";
import { certificate } from "../_certificate_testing.ts";
import { readFleetConfiguration } from "../config/file/fleet_configuration.ts";
import { type ServerFiles, usableServerFiles } from "./servers.ts";

const { cert: CERTIFICATE, key: KEY } = await certificate();
const OTHER = await certificate();
const STREAM = '[streams.front]\ncodec = "h264"\ntarget = "camera0"\n';

/** Reads the files that a configuration file names, from a directory with these files. */
async function read(
  tables: string,
  files: Readonly<Record<string, string>>,
): Promise<ServerFiles> {
  const directory = await Deno.makeTempDir();
  try {
    const path = `${directory}/rig.toml`;
    for (const [name, text] of Object.entries({ ...files, "rig.toml": tables + STREAM })) {
      await Deno.writeTextFile(`${directory}/${name}`, text);
    }
    const configuration = await readFleetConfiguration(path, {
      processId: 1,
      variable: () => undefined,
      readText: (name) => Deno.readTextFile(name),
    });
    return await usableServerFiles(configuration, configuration.placed).catch((error: Error) => {
      throw new Error(error.message.replaceAll(directory, "DIR"));
    });
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

const TLS = '[http]\naddress = "127.0.0.1:9100"\ncert = "a.pem"\nkey = "a.key"\n';
const RTSP = '[rtsp]\naddress = "127.0.0.1:8554"\nusers-file = "users"\n';

Deno.test("the files of the servers are read", async () => {
  const files = await read(`${TLS}${RTSP}[rtsp.users]\nann = "one"\n`, {
    "a.pem": CERTIFICATE + CERTIFICATE,
    "a.key": KEY,
    users: "bob:two\n",
  });
  assert.deepEqual(files.http?.tls, { cert: CERTIFICATE + CERTIFICATE, key: KEY });
  assert.deepEqual([...files.rtsp?.users ?? []], [["ann", "one"], ["bob", "two"]]);
});

for (
  const [what, tables, files, expected] of [
    [
      "a certificate and a key that are exchanged",
      TLS,
      { "a.pem": KEY, "a.key": CERTIFICATE },
      'DIR/rig.toml:3: http: Invalid cert "DIR/a.pem": expected a PEM file with a CERTIFICATE, got PRIVATE KEY',
    ],
    [
      "a key of another certificate",
      TLS,
      { "a.pem": CERTIFICATE, "a.key": OTHER.key },
      'DIR/rig.toml:3: http: cert "DIR/a.pem" and key "DIR/a.key" do not belong together, or are damaged: ' +
      "keys may not be consistent: KeyMismatch",
    ],
    [
      "a key with a password",
      TLS,
      { "a.pem": CERTIFICATE, "a.key": KEY.replaceAll("PRIVATE", "ENCRYPTED PRIVATE") },
      'DIR/rig.toml:4: http: Invalid key "DIR/a.key": expected a PEM file with a PRIVATE KEY, got ENCRYPTED PRIVATE KEY',
    ],
    [
      "a key that is no PEM file",
      TLS,
      { "a.pem": CERTIFICATE, "a.key": "\0\0" },
      'DIR/rig.toml:4: http: Invalid key "DIR/a.key": expected a PEM file with a PRIVATE KEY, got no PEM data',
    ],
    [
      "a file of users that does not exist",
      RTSP,
      {},
      'DIR/rig.toml:3: rtsp: Cannot read users-file "DIR/users": there is no such file',
    ],
    [
      "a line that is no user",
      RTSP,
      { users: "ann:one\nsecret\n" },
      'DIR/rig.toml:3: rtsp: Invalid users-file "DIR/users": line 2: expected USER:PASSWORD',
    ],
    [
      "a user who is in both places",
      `${RTSP}[rtsp.users]\nann = "one"\n`,
      { users: "ann:two\n" },
      'DIR/rig.toml:3: rtsp: users-file "DIR/users" has a user who is in [rtsp.users], too: "ann"',
    ],
  ] as const
) {
  Deno.test(`${what} is reported with its place`, async () => {
    await assert.rejects(read(tables, files), { message: expected });
  });
}
