import { doctorFlags } from "../config/doctor.ts";
import type { Flag } from "../config/flag.ts";
import { rtmpStubTesterFlags } from "../config/rtmp_stub_tester.ts";
import { rtpReceiverTesterFlags } from "../config/rtp_receiver_tester.ts";
import { serveFlags } from "../config/serve_flags.ts";
import { simulateFlags } from "../config/simulate_flags.ts";
import { streamFlags } from "../config/stream_flags.ts";

/** The word after the name of a command. */
export interface Operand {
  /** Name in the help, for example `shell`. */
  readonly name: string;
  /** Allowed words; without them, it is the path of a file. */
  readonly choices?: readonly string[];
  /**
   * Whether it may be omitted.
   *
   * @default false
   */
  readonly isOptional?: boolean;
}

/** Name of a command; the default command has the name of the executable. */
export type CommandName =
  | "cvmmap-streamer"
  | "serve"
  | "doctor"
  | "simulate"
  | "rtp-receiver-tester"
  | "rtmp-stub-tester"
  | "completions"
  | "manual";

/** Definition of a command. The parser, help, manual and completions are generated from it. */
export interface CommandDefinition {
  /** Name on the command line. */
  readonly name: CommandName;
  /** Other names for it. */
  readonly aliases: readonly string[];
  /** One sentence, with a full stop. */
  readonly description: string;
  /** The rest of the usage line in the help, after the name. */
  readonly usage: string;
  /** Only for a command that takes one. */
  readonly operand?: Operand;
  /** Flags, in the order of the help. */
  readonly flags: readonly Flag[];
  /** Complete command lines. */
  readonly examples: readonly string[];
}

/** Shells with completions. */
const SHELLS = ["bash", "zsh", "fish"] as const;

/** The default command: reads, encodes and publishes. */
export const streamCommand: CommandDefinition = {
  name: "cvmmap-streamer",
  aliases: [],
  description: "Reads camera frames from a cv-mmap producer, encodes and publishes them.",
  usage: "--codec h264|h265 SOURCE [OUTPUT] [OPTIONS]",
  flags: streamFlags,
  examples: [
    "cvmmap-streamer --codec h264 --target camera0 --rtp --rtp-endpoint 127.0.0.1:5004",
    "cvmmap-streamer --codec h264 --target camera0 --rtsp 127.0.0.1:8554",
    "cvmmap-streamer --codec h265 --input-mode dummy --rtp --rtp-endpoint 127.0.0.1:5004",
    "cvmmap-streamer --run-mode ingest --target camera0 --ingest-max-frames 300",
  ],
};

/** The subcommands, in the order of the help. */
export const subcommands: readonly CommandDefinition[] = [
  {
    name: "simulate",
    aliases: [],
    description: "Runs a cv-mmap producer of a moving test picture.",
    usage: "SOURCE [OPTIONS]",
    flags: simulateFlags,
    examples: [
      "cvmmap-streamer simulate --target camera0 --width 1280 --height 720 --fps 30",
    ],
  },
  {
    name: "serve",
    aliases: [],
    description: "Runs all streams of a configuration file in one process.",
    usage: "CONFIG [OPTIONS]",
    operand: { name: "config" },
    flags: serveFlags,
    examples: [
      "cvmmap-streamer serve rig.toml --http 127.0.0.1:9100",
      "cvmmap-streamer serve rig.toml --check",
    ],
  },
  {
    name: "doctor",
    aliases: [],
    description: "Checks machine, producers and outputs, and says what to do about what is wrong.",
    usage: "[CONFIG] [SOURCE] [OUTPUT] [OPTIONS]",
    operand: { name: "config", isOptional: true },
    flags: doctorFlags,
    examples: [
      "cvmmap-streamer doctor --target camera0",
      "cvmmap-streamer doctor rig.toml --json",
    ],
  },
  {
    name: "rtp-receiver-tester",
    aliases: ["rtp_receiver_tester"],
    description: "Receives RTP and validates it; the exit code is the result.",
    usage: "[OPTIONS]",
    flags: rtpReceiverTesterFlags,
    examples: [
      "cvmmap-streamer rtp-receiver-tester --port 5004 --codec h264 --packet-threshold 100",
    ],
  },
  {
    name: "rtmp-stub-tester",
    aliases: ["rtmp_stub_tester"],
    description:
      "Accepts RTMP publishers and validates them strictly; the exit code is the result.",
    usage: "--mode h264|h265-enhanced|h265-domestic [OPTIONS]",
    flags: rtmpStubTesterFlags,
    examples: [
      "cvmmap-streamer rtmp-stub-tester --mode h264 --listen-port 1935 --video-threshold 100",
      "cvmmap-streamer rtmp-stub-tester --mode h264 --drop-after 60 --video-threshold 600",
    ],
  },
  {
    name: "completions",
    aliases: [],
    description: "Prints the completion script for a shell.",
    usage: SHELLS.join("|"),
    operand: { name: "shell", choices: SHELLS },
    flags: [],
    examples: [
      "source <(cvmmap-streamer completions bash)",
      "cvmmap-streamer completions fish > ~/.config/fish/completions/cvmmap-streamer.fish",
    ],
  },
  {
    name: "manual",
    aliases: [],
    description: "Prints the manual page in the format of man.",
    usage: "",
    flags: [],
    examples: ["cvmmap-streamer manual | man -l -"],
  },
];
