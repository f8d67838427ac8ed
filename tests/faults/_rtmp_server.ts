/**
 * A strict RTMP server in a separate process, to be killed: `_rtmp_server.ts PORT`. Prints
 * `listening`, `frame` for each frame, and protocol violations of the publisher.
 */
import { RtmpStubServer } from "../../src/testers/rtmp_stub_server.ts";

const server = new RtmpStubServer({
  host: "127.0.0.1",
  port: Number(Deno.args[0]),
  mode: "h264",
  onVideo: (video) => {
    if (video.kind === "frame") print(video.keyFrame ? "frame, key" : "frame");
  },
  onViolation: ({ message }) => print(`violation: ${message}`),
});
print(`listening at ${server.port}`);

function print(line: string): void {
  // deno-lint-ignore no-console -- This is a program's output.
  console.log(line);
}
