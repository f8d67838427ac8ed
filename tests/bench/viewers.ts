/**
 * Measures what viewers of the live picture cost the RTP output of the same stream: alternates runs without and with
 * them. Five of the viewers read nothing.
 *
 *     deno run -A tests/bench/viewers.ts --rounds 3 --viewers 20
 *
 * It also is the viewers: `viewers.ts watch PORT COUNT`.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { LIVE_PROTOCOL } from "../../src/live/live_protocol.ts";
import { freeTcpPort } from "../_harness/tcp_ports.ts";
import { buildPrograms } from "./_build.ts";
import { print } from "./_report.ts";
import { run } from "./_run.ts";
import { type CommandLine, PICTURES, productCommandLine } from "./_subject.ts";

const SILENT = 5;
const PATH = "/api/v1/streams/measured/live";
const [, PICTURE] = PICTURES;

const { values, positionals: [role, ...operands] } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string", default: "3" },
    frames: { type: "string", default: "600" },
    viewers: { type: "string", default: "20" },
    /** The executable; without it, the sources. */
    bin: { type: "string" },
    meter: { type: "string" },
  },
});

/** Watches until it is killed. Tries until the server listens. */
async function watch(port: number, count: number): Promise<void> {
  const open = async (): Promise<Deno.TcpConn> => {
    while (true) {
      try {
        return await Deno.connect({ hostname: "127.0.0.1", port });
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  };
  (await open()).close();
  const watchOne = (): void => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${PATH}`, LIVE_PROTOCOL);
    socket.onclose = () => setTimeout(watchOne, 200);
  };
  for (let viewer = SILENT; viewer < count; viewer++) watchOne();
  const head = `GET ${PATH} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\n` +
    "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
  for (let viewer = 0; viewer < Math.min(SILENT, count); viewer++) {
    await (await open()).write(new TextEncoder().encode(head));
  }
  await new Promise(() => {});
}

async function measure(): Promise<void> {
  using programs = values.meter === undefined ? await buildPrograms() : undefined;
  const directory = Deno.makeTempDirSync({ prefix: "cvmmap_bench_" });
  const self = Deno.build.standalone ? [] : ["run", "-A", fileURLToPath(import.meta.url)];
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const viewers of [0, Number(values.viewers)]) {
      const httpPort = freeTcpPort();
      const path = `${directory}/rig.toml`;
      const watching = viewers === 0 ? undefined : new Deno.Command(Deno.execPath(), {
        args: [...self, "watch", `${httpPort}`, `${viewers}`],
        stdout: "null",
        stderr: "null",
      }).spawn();
      const { received, published, p50, p99, cpu } = await run(
        {
          name: "serve",
          command: (_picture, { shmName, zmqEndpoint, port }): CommandLine => {
            Deno.writeTextFileSync(
              path,
              `[http]\naddress = "127.0.0.1:${httpPort}"\n[streams.measured]\ncodec = "h264"\n` +
                `encoder = "software"\nshm-name = "${shmName}"\nzmq-endpoint = "${zmqEndpoint}"\n` +
                `rtp = true\nrtp-endpoint = "127.0.0.1:${port}"\n`,
            );
            return productCommandLine(values.bin, ["serve", path]);
          },
        },
        PICTURE!,
        {
          meter: values.meter ?? programs!.meter,
          frames: Number(values.frames),
          warmUpFrames: 90,
          abi: "v2",
          phase: 0,
          output: "null",
        },
      );
      watching?.kill("SIGKILL");
      await watching?.status;
      print(
        `${viewers} viewers: ${received}/${published} frames, p50 ${p50.toFixed(2)} ms, ` +
          `p99 ${p99.toFixed(2)} ms, ${cpu.toFixed(2)} ms of CPU time per frame`,
      );
    }
  }
  Deno.removeSync(directory, { recursive: true });
}

const [port = "", count = ""] = operands;
if (role === "watch") await watch(Number(port), Number(count));
else await measure();
