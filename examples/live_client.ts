// deno-lint-ignore-file no-console -- prints its result
/**
 * Counts the frames of a stream over its WebSocket, and reports lost ones and their age:
 *
 *   deno run --allow-net examples/live_client.ts ws://127.0.0.1:9100/api/v1/streams/front/live 10
 *
 * It needs nothing of this project, and also runs in Node.js 22 and newer.
 */
import process from "node:process";

const [url = "ws://127.0.0.1:9100/api/v1/streams/front/live", seconds = "10"] = process.argv.slice(
  2,
);

const ages: number[] = [];
let lost = 0;
let last: number | undefined;
const socket = new WebSocket(url, "cvmmap.live.1");
socket.binaryType = "arraybuffer";
socket.onmessage = ({ data }) => {
  if (typeof data === "string") return console.log(data);
  const view = new DataView(data);
  const number = view.getUint32(4);
  if (last !== undefined) lost += (number - last - 1) >>> 0;
  last = number;
  ages.push(Date.now() - Number(view.getBigUint64(8)) / 1000);
};
socket.onopen = () => setTimeout(() => socket.close(), Number(seconds) * 1000);
socket.onclose = ({ code, reason }) => {
  ages.sort((a, b) => a - b);
  const median = ages[ages.length >> 1]?.toFixed(1) ?? "?";
  console.log(`${ages.length} frames, ${lost} lost, median age ${median} ms (${code} ${reason})`);
};
