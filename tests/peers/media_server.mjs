/**
 * node-media-server, another implementation of an RTMP server, that also serves what is published as
 * FLV over HTTP.
 *
 *   node media_server.mjs VERSION RTMP-PORT HTTP-PORT DIRECTORY [SECRET]
 *
 * VERSION is 2 or 4: 2 relays H.265 as codec id 12, however it came; 4 relays it as it came, and takes
 * the sequence header for one in enhanced packaging only. Its files go to DIRECTORY. With a SECRET,
 * who publishes has to sign with it. Runs until it is ended by a signal.
 */
import { createRequire } from "node:module";

const [version, rtmpPort, httpPort, directory, secret] = process.argv.slice(2);
if (directory === undefined) {
  console.error("media_server: expected a version, two ports and a directory");
  process.exit(2);
}

const name = version === "2" ? "node-media-server-2" : "node-media-server";
const NodeMediaServer = createRequire(import.meta.url)(name);
const server = new NodeMediaServer({
  bind: "127.0.0.1",
  rtmp: {
    port: Number(rtmpPort),
    chunk_size: 60000,
    gop_cache: true,
    ping: 30,
    ping_timeout: 60,
  },
  http: { port: Number(httpPort), mediaroot: directory },
  store: { path: directory },
  record: { auto: false, path: directory },
  webadmin: { enable: false },
  ...(secret !== undefined && { auth: { publish: true, secret } }),
});
// Version 2 would ask nobody on this machine for a signature.
server.on("prePublish", (id) => {
  if (version === "2") server.getSession(id).isLocal = false;
});
server.run();
