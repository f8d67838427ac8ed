import assert from "node:assert/strict";
import { freeTcpPort } from "../_harness/tcp_ports.ts";
import { TimeLimit } from "../_harness/time_limit.ts";
import { freeUdpPorts } from "../_harness/udp_ports.ts";
import { Machine } from "./_machine.ts";

const ENCODE = ["--codec", "h264", "--input-mode", "dummy", "--dummy-frames", "3"];
const INGEST = ["--run-mode", "ingest", "--target", "absent", "--ingest-idle-timeout-ms", "100"];
const SIMULATE = ["simulate", "--target", "absent", "--frames", "3"];

const GSTREAMER =
  /install libgstreamer1\.0-0 \(Debian, Ubuntu\), gstreamer1 \(Fedora\) or gstreamer \(Arch\)$/;
const BASE =
  /install libgstreamer-plugins-base1\.0-0 \(Debian, Ubuntu\), gstreamer1-plugins-base \(Fedora\) or gst-plugins-base-libs \(Arch\)$/;
const ZMQ = /install libzmq5 \(Debian, Ubuntu\), zeromq \(Fedora\) or zeromq \(Arch\)$/;

const REQUIRED = [
  { library: "libgstreamer-1.0.so.0", packages: GSTREAMER, args: ENCODE },
  { library: "libgstapp-1.0.so.0", packages: BASE, args: ENCODE },
  { library: "libgstvideo-1.0.so.0", packages: BASE, args: ENCODE },
  { library: "libzmq.so.5", packages: ZMQ, args: ENCODE },
  { library: "libzmq.so.5", packages: ZMQ, args: INGEST },
  { library: "libzmq.so.5", packages: ZMQ, args: SIMULATE },
];

Deno.test("a missing library is reported with its packages on one line, with exit code 5", async (t) => {
  using limit = new TimeLimit(60);
  await using machine = await Machine.start(limit.signal);
  for (const { library, packages, args } of REQUIRED) {
    await t.step(`${library}: ${args.join(" ")}`, async () => {
      using _hidden = machine.hide(library);
      const message = await refusal(machine, args);
      assert.ok(message.startsWith(`cvmmap-streamer: Cannot load ${library}: install `), message);
      assert.match(message, packages);
    });
  }
});

/** Stub libraries that report old versions. */
const OLD = [
  {
    library: "libgstreamer-1.0.so.0",
    source: "void gst_version(int*a,int*b,int*c,int*d){*a=1;*b=18;*c=4;*d=0;}",
    start: "libgstreamer-1.0.so.0 has version 1.18.4 and must have 1.20 or newer: ",
    packages: GSTREAMER,
    args: ENCODE,
  },
  {
    library: "libzmq.so.5",
    source: "void zmq_version(int*a,int*b,int*c){*a=4;*b=0;*c=5;}",
    start: "libzmq.so.5 has version 4.0.5 and must have 4.1 or newer: ",
    packages: ZMQ,
    args: INGEST,
  },
];

Deno.test("a library that is too old or invalid is reported in the same way", async (t) => {
  using limit = new TimeLimit(60);
  await using machine = await Machine.start(limit.signal);
  const env = { LD_LIBRARY_PATH: "/srv/old" };
  Deno.mkdirSync(machine.path("/srv/old"));
  for (const { library, source, start, packages, args } of OLD) {
    const path = machine.path(`/srv/old/${library}`);
    await t.step(`${library}: too old`, async () => {
      await compile(source, path);
      const message = await refusal(machine, args, env);
      assert.ok(message.startsWith(`cvmmap-streamer: ${start}`), message);
      assert.match(message, packages);
    });
    await t.step(`${library}: empty`, async () => {
      Deno.writeTextFileSync(path, "");
      const message = await refusal(machine, args, env);
      assert.match(message, new RegExp(`Cannot load ${library} \\(.*file too short\\): install `));
      assert.match(message, packages);
      Deno.removeSync(path);
    });
  }
});

const OPTIONAL = [
  { args: ["--help"], code: 0 },
  { args: ["--version"], code: 0 },
  { args: ["--codec", "vp8"], code: 2 },
  { args: ["rtp-receiver-tester", "--port", `${freeUdpPorts()}`, "--timeout-ms", "1"], code: 124 },
  {
    args: [
      "rtmp-stub-tester",
      "--mode",
      "h264",
      "--listen-port",
      `${freeTcpPort()}`,
      "--timeout-ms",
      "1",
    ],
    code: 124,
  },
  { needs: "libzmq.so.5", args: INGEST, code: 124 },
  { needs: "libzmq.so.5", args: SIMULATE, code: 0 },
];

Deno.test("a run loads only the libraries that it needs", async (t) => {
  using limit = new TimeLimit(60);
  await using machine = await Machine.start(limit.signal);
  for (const { args, code, needs } of OPTIONAL) {
    await t.step(args.join(" "), async () => {
      using hidden = new DisposableStack();
      const libraries = new Set(REQUIRED.map(({ library }) => library));
      for (const library of libraries) if (library !== needs) hidden.use(machine.hide(library));
      await using child = machine.start(args);
      const status = await child.ended;
      assert.equal(status.code, code, [...child.log.lines, ...child.output.lines].join("\n"));
    });
  }
});

/**
 * Runs the executable, which must end with exit code 5 and without a stack trace, and returns its
 * last line.
 */
async function refusal(
  machine: Machine,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  await using child = machine.start(args, { env });
  const { code } = await child.ended;
  const { lines } = child.log;
  assert.equal(code, 5, lines.join("\n"));
  assert.deepEqual(lines.filter((line) => /^\s+at |^\S*Error/.test(line)), []);
  assert.equal(lines.filter((line) => line.startsWith("cvmmap-streamer: ")).length, 1);
  return lines.at(-1) ?? "";
}

async function compile(source: string, path: string): Promise<void> {
  const compiler = new Deno.Command("cc", {
    args: ["-shared", "-fPIC", "-x", "c", "-o", path, "-"],
    stdin: "piped",
  }).spawn();
  const writer = compiler.stdin.getWriter();
  await writer.write(new TextEncoder().encode(source));
  await writer.close();
  assert.equal((await compiler.status).code, 0);
}
