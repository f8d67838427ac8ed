// deno-lint-ignore-file no-console -- prints its progress
/**
 * Makes the pictures of the page in `docs/page`: `deno run -A tests/page/screenshots.ts`.
 *
 * @module
 */
import { TimeLimit } from "../_harness/time_limit.ts";
import { startProduct } from "../_harness/product.ts";
import { Workspace } from "../_harness/workspace.ts";
import { Served } from "../serve/_served.ts";
import { BrowserPage } from "./_browser.ts";

const DIRECTORY = new URL("../../docs/page/", import.meta.url);
const WIDTHS = [360, 1280, 2560];

function camera(name: string, width: number, height: number, more: string): string {
  return `[streams.${name}]
codec = "h264"
encoder = "software"
dummy-width = ${width}
dummy-height = ${height}
${more}
`;
}

using limit = new TimeLimit(240);
using workspace = new Workspace();
const dummy = `input-mode = "dummy"\ndummy-frames = 0`;
const { shmName, zmqEndpoint } = workspace;
const cameras = camera("front", 1280, 720, `${dummy}\nrtp = true\nrtp-endpoint = "127.0.0.1:9"`) +
  camera("rear", 640, 360, dummy) +
  `[streams.misbehaving]\ncodec = "h264"\nshm-name = "${shmName}"\nzmq-endpoint = "${zmqEndpoint}"\n`;
await using served = new Served(cameras, limit.signal);
await served.ready();
Deno.mkdirSync(DIRECTORY, { recursive: true });
const source = ["--shm-name", shmName, "--zmq-endpoint", zmqEndpoint];
const size = ["--width", "640", "--height", "480"];
for (const colorScheme of ["light", "dark"] as const) {
  for (const width of WIDTHS) {
    await using simulator = startProduct(["simulate", ...source, ...size], limit.signal);
    await using browser = await BrowserPage.open(`http://${served.address}/`, {
      width,
      height: width < 500 ? 800 : 720,
      colorScheme,
    });
    await browser.page.waitForTimeout(8000);
    // This camera misbehaves: it stops while it is watched.
    await simulator.end("SIGTERM");
    await browser.page.waitForTimeout(4000);
    const path = new URL(`overview_${width}_${colorScheme}.png`, DIRECTORY).pathname;
    await browser.page.screenshot({ path, fullPage: width < 500 });
    console.log(path);
  }
}
await using browser = await BrowserPage.open(`http://${served.address}/streams/front`, {
  colorScheme: "dark",
});
await browser.page.waitForTimeout(15_000);
const path = new URL("stream_1280_dark.png", DIRECTORY).pathname;
await browser.page.screenshot({ path, fullPage: true });
console.log(path);
