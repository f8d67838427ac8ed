import "../../ffi/_open_libraries.ts";
import assert from "node:assert/strict";
import type { Finding } from "../../src/doctor/finding.ts";
import { Producer } from "../../src/simulator/producer.ts";
import { Child } from "../_harness/child.ts";
import { productCommand, startProduct } from "../_harness/product.ts";
import { freeTcpPort } from "../_harness/tcp_ports.ts";
import { TimeLimit } from "../_harness/time_limit.ts";
import { freeUdpPorts } from "../_harness/udp_ports.ts";
import { Workspace } from "../_harness/workspace.ts";
import { RtpListener } from "../faults/_rtp_listener.ts";
import { TlsProxy } from "../interop/_tls_proxy.ts";
import { RefusingServer } from "./_refusing_server.ts";

const GEOMETRY = { width: 320, height: 240, pixelFormat: "bgr" } as const;
/** Offset of the version's major number in the metadata. */
const VERSION_MAJOR = 8;

/** What a run of the doctor has found. */
interface Diagnosis {
  readonly code: number;
  readonly findings: readonly Finding[];
}

/** Runs the doctor. `wrapper` is a command line that starts it. */
async function diagnose(
  args: readonly string[],
  signal: AbortSignal,
  { wrapper = [], env = {} }: {
    readonly wrapper?: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
  } = {},
): Promise<Diagnosis> {
  const own = productCommand(["doctor", "--json", ...args]);
  const [command = "", ...rest] = [...wrapper, own.command, ...own.args];
  await using child = new Child({ name: "doctor", command, args: rest, env, signal });
  const { code } = await child.ended;
  assert.deepEqual(child.log.lines, []);
  return { code, findings: child.output.lines.map((line) => JSON.parse(line)) };
}

/** A diagnosis must have this problem, with advice, and no other in its area. */
function assertProblem({ code, findings }: Diagnosis, area: string, expected: RegExp): void {
  const problems = findings.filter((finding) =>
    finding.area === area && finding.level === "problem"
  );
  const text = JSON.stringify(problems);
  assert.equal(problems.length, 1, text);
  assert.match(problems[0]?.message ?? "", expected);
  assert.ok((problems[0]?.remedy ?? "").length > 10, text);
  assert.equal(code, 1);
}

function sourceFlags({ shmName, zmqEndpoint }: Workspace): string[] {
  return ["--codec", "h264", "--shm-name", shmName, "--zmq-endpoint", zmqEndpoint];
}

Deno.test("doctor finds no problem on a healthy machine, and a stream that runs loses nothing", async () => {
  using limit = new TimeLimit(90);
  using workspace = new Workspace();
  await using listener = await RtpListener.open();
  const port = freeTcpPort();
  await using rtmp = startProduct(
    ["rtmp-stub-tester", "--mode", "h264", "--listen-port", `${port}`, "--video-threshold", "1"],
    limit.signal,
  );
  await rtmp.log.waitFor(/[Ll]isten/);
  const source = sourceFlags(workspace);
  await using _producer = startProduct(
    ["simulate", ...source.slice(2), "--frames", "0", "--width", "320", "--height", "240"],
    limit.signal,
  );
  const rtp = ["--rtp", "--rtp-endpoint", listener.endpoint];
  await using streamer = startProduct([...source, ...rtp], limit.signal);
  await listener.waitForUnits(10);
  const url = `rtmp://127.0.0.1:${port}/live/key`;
  const { code, findings } = await diagnose(
    [...source, ...rtp, "--rtmp", "--rtmp-url", url],
    limit.signal,
  );
  const problems = findings.filter(({ level }) => level === "problem");
  assert.deepEqual(problems, []);
  assert.equal(code, 0);
  for (const area of ["libraries", "limits", "source", "outputs", "encoders"]) {
    assert.ok(findings.some((finding) => finding.area === area && finding.level === "ok"), area);
  }
  await listener.waitUntilResumed();
  assert.equal(listener.lost, 0);
  assert.equal((await streamer.end("SIGTERM")).code, 0);
});

Deno.test("doctor names what is wrong with each of ten broken machines", async (test) => {
  using limit = new TimeLimit(120);
  const { signal } = limit;
  const broken: Readonly<Record<string, (workspace: Workspace) => Promise<void>>> = {
    "no producer": async (workspace) => {
      const diagnosis = await diagnose(sourceFlags(workspace), signal);
      assertProblem(diagnosis, "source", /There is no producer: \/dev\/shm\/\S+ does not exist/);
    },
    "wrong permissions": async (workspace) => {
      await using _producer = await runningProducer(workspace);
      Deno.chmodSync(workspace.shmPath, 0);
      // Root may read everything, unless it lacks these capabilities.
      const dropped = "-dac_override,-dac_read_search";
      const wrapper = ["setpriv", `--bounding-set=${dropped}`, `--inh-caps=${dropped}`];
      const diagnosis = await diagnose(sourceFlags(workspace), signal, {
        wrapper: Deno.uid() === 0 ? wrapper : [],
      });
      assertProblem(diagnosis, "source", /may not be read: its mode is 0000/);
    },
    "stale segment": async (workspace) => {
      // Killed, not ended: the segment stays.
      const producer = await Producer.open({ ...workspace, label: "stale", abi: "v2" }, GEOMETRY);
      producer.publish(1);
      const bytes = Deno.readFileSync(workspace.shmPath);
      producer[Symbol.dispose]();
      Deno.writeFileSync(workspace.shmPath, bytes);
      const diagnosis = await diagnose(sourceFlags(workspace), signal);
      assertProblem(diagnosis, "source", /No frame was announced .* may be stale/);
    },
    "wrong ABI": async (workspace) => {
      await using producer = await runningProducer(workspace);
      producer.disturb = () => {
        using file = Deno.openSync(workspace.shmPath, { write: true });
        file.seekSync(VERSION_MAJOR, Deno.SeekMode.Start);
        file.writeSync(Uint8Array.of(9));
      };
      const diagnosis = await diagnose(sourceFlags(workspace), signal);
      assertProblem(diagnosis, "source", /metadata .* version/);
    },
    "no x264": async (workspace) => {
      for (const element of ["appsrc", "queue", "capsfilter"]) {
        const plugin = await pluginOf(element);
        const link = workspace.path(plugin.replace(/.*\//, ""));
        if (!workspace.has(link)) await Deno.symlink(plugin, link);
      }
      const diagnosis = await diagnose(["--codec", "h264"], signal, {
        env: {
          GST_PLUGIN_PATH_1_0: "",
          GST_PLUGIN_SYSTEM_PATH_1_0: workspace.directory,
          GST_REGISTRY_1_0: workspace.path("registry"),
        },
      });
      assertProblem(diagnosis, "encoders", /No encoder for h264 works/);
      const text = JSON.stringify(diagnosis.findings);
      assert.match(text, /Install x264enc: .*gstreamer1\.0-plugins-ugly/);
    },
    "full /dev/shm": async () => {
      const full =
        'mount -t tmpfs -o size=64k tmpfs /dev/shm && head -c 60K /dev/zero > /dev/shm/full; exec "$@"';
      const diagnosis = await diagnose(["--codec", "h264"], signal, {
        wrapper: ["unshare", "--map-root-user", "--mount", "sh", "-c", full, "sh"],
      });
      assertProblem(diagnosis, "limits", /\/dev\/shm has only 0 MiB free/);
    },
    "dead server": async () => {
      const url = `rtmp://127.0.0.1:${freeTcpPort()}/live/secret`;
      const diagnosis = await diagnose(["--codec", "h264", "--rtmp", "--rtmp-url", url], signal);
      assertProblem(diagnosis, "outputs", /cannot be reached: Connection refused/);
      assert.doesNotMatch(JSON.stringify(diagnosis), /secret/);
    },
    "wrong key": async () => {
      await using server = new RefusingServer("403: the key is wrong");
      const url = `rtmp://127.0.0.1:${server.port}/live?key=secret/front`;
      const diagnosis = await diagnose(["--codec", "h264", "--rtmp", "--rtmp-url", url], signal);
      assertProblem(diagnosis, "outputs", /refused connect: .*403: the key is wrong/);
      assert.doesNotMatch(JSON.stringify(diagnosis), /secret/);
    },
    "TLS not trusted": async (workspace) => {
      await using proxy = await TlsProxy.start(freeTcpPort(), 1, workspace);
      const url = `rtmps://127.0.0.1:${proxy.port}/live/secret`;
      const diagnosis = await diagnose(["--codec", "h264", "--rtmp", "--rtmp-url", url], signal);
      assertProblem(diagnosis, "outputs", /certificate/i);
      assert.match(JSON.stringify(diagnosis), /DENO_CERT/);
    },
    "closed UDP port": async () => {
      const endpoint = `127.0.0.1:${freeUdpPorts()}`;
      const diagnosis = await diagnose(
        ["--codec", "h264", "--rtp", "--rtp-endpoint", endpoint],
        signal,
      );
      assertProblem(diagnosis, "outputs", /No program receives RTP at .*: the port is closed/);
    },
  };
  // At the same time: most of each run is waiting.
  await Promise.all(
    Object.entries(broken).map(([name, check]) =>
      test.step({
        name,
        fn: async () => {
          using workspace = new Workspace();
          await check(workspace);
        },
        sanitizeOps: false,
        sanitizeResources: false,
        sanitizeExit: false,
      })
    ),
  );
});

/** A producer in this process, publishing until it is disposed. */
async function runningProducer(
  { shmName, zmqEndpoint }: Workspace,
): Promise<AsyncDisposable & { disturb: () => void }> {
  const producer = await Producer.open(
    { shmName, zmqEndpoint, label: "broken", abi: "v2" },
    GEOMETRY,
  );
  let frame = 0;
  const running = {
    disturb: (): void => {},
    [Symbol.asyncDispose]: (): Promise<void> => {
      clearInterval(timer);
      producer[Symbol.dispose]();
      return Promise.resolve();
    },
  };
  const timer = setInterval(() => {
    producer.writePayload(++frame);
    producer.writeMetadata(frame, 1n);
    running.disturb();
    producer.sendSync(frame, 1n);
  }, 30);
  return running;
}

async function pluginOf(element: string): Promise<string> {
  const { stdout } = await new Deno.Command("gst-inspect-1.0", { args: [element] }).output();
  const [, path] = /^\s*Filename\s+(\S+)/m.exec(new TextDecoder().decode(stdout)) ?? [];
  assert.ok(path !== undefined, `no plugin has ${element}`);
  return path;
}

Deno.test("doctor finds a key that does not belong to its certificate, also while the address is in use", async () => {
  using limit = new TimeLimit(60);
  using workspace = new Workspace();
  await using proxy = await TlsProxy.start(freeTcpPort(), 1, workspace);
  const path = workspace.path("rig.toml");
  // Two files of different pairs.
  Deno.writeTextFileSync(
    path,
    `[http]\naddress = "127.0.0.1:${proxy.port}"\ncert = "${workspace.path("server.pem")}"\n` +
      `key = "${workspace.path("authority.key")}"\n` +
      `[streams.front]\ncodec = "h264"\ninput-mode = "dummy"\n`,
  );
  const diagnosis = await diagnose([path], limit.signal);
  assertProblem(diagnosis, "http", /Certificate and key for HTTPS cannot be used/);
  assert.match(JSON.stringify(diagnosis.findings), /where HTTP is to be served, is in use/);
});
