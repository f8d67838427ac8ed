import { HTTP_KEYS, OUTPUT_FLAGS, RTSP_KEYS, STREAM_KEYS } from "../../src/config/file/schema.ts";
import { type Flag, flagConstraints } from "../../src/config/flag.ts";
import { logFlags } from "../../src/config/common_flags.ts";

/** Line width of the comments. */
const COLUMNS = 100;

/** Example values of settings without a default. */
const SAMPLES: Readonly<Record<string, string | number | boolean | readonly string[]>> = {
  "shm-name": "cvmmap_front",
  "zmq-endpoint": "ipc:///tmp/cvmmap_front",
  "target": "front",
  "codec": "h264",
  "rtp-endpoint": ["127.0.0.1:5004"],
  "rtp-sdp": ["/run/rig/front.sdp"],
  "rtmp-url": "rtmp://media.example/live",
  "rtmp-key": "${FRONT_KEY}",
  "rtmp-mode": "enhanced",
  "adaptive-bitrate": 500,
  "rtp-ttl": 1,
  "rtp-interface": "eth0",
  "rtp-time-extension": false,
  "rtp-retransmission": false,
  "address": "127.0.0.1:9100",
  "token-file": "http.token",
  "public": false,
  "cert": "http.pem",
  "key": "http.key",
  "users-file": "rtsp.users",
  "tls": false,
};

/** Settings that are not commented out. */
const ACTIVE = new Set(["target", "codec", "rtp", "rtp-endpoint"]);

/** Returns `docs/example.toml`: a valid configuration file with every key. */
export function exampleConfiguration(): string {
  return `# All keys of a configuration file for \`cvmmap-streamer serve\`. Every key is the flag of the same name.
# Lines that begin with "#key =" show a default or an example: remove the # to set it.
# A text may contain \${NAME}, which stands for an environment variable.

# Files that this one extends, relative to it. Tables are merged, everything else is replaced.
#extends = ["base.toml"]

${settings(logFlags)}
# Health, metrics and the API over HTTP.
[http]
${settings([...HTTP_KEYS].map(([key, flag]) => ({ ...flag, name: key })), new Set(["address"]))}
# The streams over RTSP, as rtsp://ADDRESS:PORT/NAME.
[rtsp]
${
    settings([...RTSP_KEYS].map(([key, flag]) => ({ ...flag, name: key })), new Set(["address"]), {
      "address": "127.0.0.1:8554",
    })
  }# Users that may watch.
#[rtsp.users]
#viewer = "\${VIEWER_PASSWORD}"

# Settings of every stream that does not have its own.
[defaults]
codec = "h264"

# One table for each stream. The name appears in logs, metrics and the API.
[streams.front]
# Whether the stream starts by itself.
#enabled = true
# File with the stream key of rtmp-url, instead of rtmp-key.
#key-file = "front.key"
${settings(STREAM_KEYS, ACTIVE)}
# Further outputs, any number of them.
[[streams.front.outputs]]
type = "rtp"
${settings(OUTPUT_FLAGS.rtp, new Set(["rtp-endpoint"]), { "rtp-endpoint": ["127.0.0.1:5008"] })}
#[[streams.front.outputs]]
#type = "rtmp"
#key-file = "front.key"
${settings(OUTPUT_FLAGS.rtmp)}`;
}

function settings(
  flags: readonly Flag[],
  active: ReadonlySet<string> = new Set(),
  samples: typeof SAMPLES = {},
): string {
  const names = new Set(flags.map(({ name }) => name));
  return flags
    // `rtmp-reconnect = false` replaces `no-rtmp-reconnect`.
    .filter(({ name }) => !(name.startsWith("no-") && names.has(name.slice("no-".length))))
    .map((flag) => {
      const constraints = flagConstraints(flag);
      const comment = constraints === ""
        ? flag.description
        : `${flag.description} (${constraints})`;
      const value = samples[flag.name] ?? SAMPLES[flag.name] ?? defaultOf(flag);
      const mark = active.has(flag.name) ? "" : "#";
      return `${wrapped(comment.replaceAll(/--(?:http-|rtsp-)?/g, ""))}${mark}${flag.name} = ${
        toml(value)
      }\n`;
    })
    .join("");
}

function defaultOf(flag: Flag): string | number | boolean {
  if (flag.kind === "switch") return true;
  if (flag.default !== undefined) return flag.default;
  throw new Error(`The example needs a value for ${flag.name}`);
}

function toml(value: string | number | boolean | readonly string[]): string {
  return JSON.stringify(value).replaceAll('","', '", "');
}

function wrapped(text: string): string {
  const lines: string[] = [];
  let line = "#";
  for (const word of text.split(" ")) {
    if (line.length + 1 + word.length > COLUMNS) {
      lines.push(line);
      line = "#";
    }
    line += ` ${word}`;
  }
  return [...lines, line].map((one) => `${one}\n`).join("");
}
