/**
 * A strict RTMP server of its own process, to be killed: `_rtmp_server.ts PORT`. Prints `listening`,
 * `frame` for each frame of a publication, and what a publisher did wrong.
 */
import { RtmpStubServer } from "../../src/testers/rtmp_stub_server.ts";

const server = new RtmpStubServer({
  host: "127.0.0.1",
  port: Number(Deno.args[0]),
  mode: "h264",
  onVideo: (video) => {
    if (video.kind === "frame") say(video.keyFrame ? "frame, key" : "frame");
  },
  onViolation: ({ message }) => say(`violation: ${message}`),
});
say(`listening at ${server.port}`);

function say(line: string): void {
  // deno-lint-ignore no-console -- It is a program.
  console.log(line);
}
