/** The exit codes of the command line. */
export const ExitCode = {
  Success: 0,
  Failure: 1,
  InvalidArguments: 2,
  PayloadTypeMismatch: 3,
  ThresholdNotMet: 4,
  PipelineInitialization: 5,
  RtmpModeMismatch: 6,
  ProtocolViolation: 7,
  Timeout: 124,
} as const;

/** One of the values of {@linkcode ExitCode}. */
export type ExitCode = typeof ExitCode[keyof typeof ExitCode];

/** What an exit code says, and what a user does about it: help and documents are made from it. */
export interface ExitCodeMeaning {
  /** What has happened: a few words for a table, without a full stop. */
  readonly meaning: string;
  /** What to do about it: sentences. */
  readonly remedy: string;
}

/** The meaning of each exit code, in the order of their numbers. */
export const exitCodeMeanings: Readonly<Record<ExitCode, ExitCodeMeaning>> = {
  [ExitCode.Success]: {
    meaning: "Success",
    remedy: "Nothing. A run that SIGINT or SIGTERM ended in good order is one, too.",
  },
  [ExitCode.Failure]: {
    meaning: "A failure of the program itself, or of the system below it",
    remedy: "Read the message: a port that is taken, memory or a file that the system " +
      "refuses, a full disk behind stdout, an RTMP server that was lost with " +
      '`--no-rtmp-reconnect`. Report an "Unexpected error", with what `--log-level debug` adds.',
  },
  [ExitCode.InvalidArguments]: {
    meaning: "Invalid arguments or configuration",
    remedy: "Correct the flag that the message names; it says what was got and what is allowed. " +
      "Nothing was started.",
  },
  [ExitCode.PayloadTypeMismatch]: {
    meaning: "RTP payload type mismatch (tester)",
    remedy: "Give `--expect-pt` the sender's `--rtp-payload-type`.",
  },
  [ExitCode.ThresholdNotMet]: {
    meaning: "Packet or frame threshold not met (tester)",
    remedy: "Something came, but not enough in time: see that the sender runs, raise " +
      "`--timeout-ms`, or lower `--packet-threshold` or `--video-threshold`.",
  },
  [ExitCode.PipelineInitialization]: {
    meaning: "Pipeline initialization failed: missing encoder or library",
    remedy: "Install the package that the message names (`./scripts/bootstrap.sh` installs all). " +
      "With `--encoder nvenc` it says why NVENC cannot be used: take `--encoder auto`.",
  },
  [ExitCode.RtmpModeMismatch]: {
    meaning: "RTMP mode mismatch (tester)",
    remedy: "The video was well-formed and packaged otherwise: let the tester's `--mode` and the " +
      "publisher's `--codec` and `--rtmp-mode` agree.",
  },
  [ExitCode.ProtocolViolation]: {
    meaning: "Protocol validation failed",
    remedy: "What came breaks the rule that the message names. It came from the sender that a " +
      "tester heard, or from an RTMP server, which may also have refused the stream " +
      "(`--no-rtmp-reconnect`).",
  },
  [ExitCode.Timeout]: {
    meaning: "Timeout: nothing came at all",
    remedy: "See that the other side runs and that address and port agree; raise `--timeout-ms` " +
      "or `--ingest-idle-timeout-ms`.",
  },
};
