// deno-lint-ignore-file no-console -- prints its progress
import { createServer } from "node:net";
import { once } from "node:events";

const ADDRESS = "127.0.0.1";
/** The third camera disappears for a while, again and again. */
const MISBEHAVIOUR_MS = { present: 12_000, absent: 5000 };

async function freePort(): Promise<number> {
  const server = createServer().listen(0, ADDRESS);
  await once(server, "listening");
  const address = server.address();
  server.close();
  return typeof address === "object" && address !== null ? address.port : 9100;
}

function configuration(codec: string, httpPort: number, misbehaving: string): string {
  const dummy = `input-mode = "dummy"\ndummy-frames = 0\n`;
  return `[http]
address = "${ADDRESS}:${httpPort}"
[defaults]
codec = "${codec}"
[streams.front]
${dummy}dummy-width = 1280
dummy-height = 720
[streams.rear]
${dummy}dummy-width = 640
dummy-height = 360
[streams.misbehaving]
target = "cvmmap://${misbehaving}"
`;
}

/** Serves the page with three cameras until Ctrl-C. Returns the exit code. */
export async function showPage(
  codec: string,
  start: (...args: string[]) => Deno.ChildProcess,
  terminate: (process: Deno.ChildProcess) => void,
): Promise<number> {
  const directory = await Deno.makeTempDir({ prefix: "cvmmap-demo-" });
  const stopping = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => stopping.abort());
  }
  const misbehaving = `demo${Deno.pid}@${directory}`;
  const port = await freePort();
  const path = `${directory}/rig.toml`;
  await Deno.writeTextFile(path, configuration(codec, port, misbehaving));
  const served = start("serve", path);
  const ended = served.status.finally(() => stopping.abort());
  const stopped = new Promise((resolve) => stopping.signal.addEventListener("abort", resolve));
  console.log(`Open http://${ADDRESS}:${port}/ in a browser. Ctrl-C ends it.`);
  const wait = async (ms: number): Promise<void> => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    await Promise.race([stopped, new Promise((resolve) => timer = setTimeout(resolve, ms))]);
    clearTimeout(timer);
  };
  let camera: Deno.ChildProcess | undefined;
  while (!stopping.signal.aborted) {
    camera = start(
      "simulate",
      "--target",
      `cvmmap://${misbehaving}`,
      "--width",
      "640",
      "--height",
      "480",
    );
    await wait(MISBEHAVIOUR_MS.present);
    terminate(camera);
    await camera.status;
    await wait(MISBEHAVIOUR_MS.absent);
  }
  terminate(served);
  const { code } = await ended;
  await Deno.remove(directory, { recursive: true });
  return code;
}
