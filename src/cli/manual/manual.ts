import denoJson from "../../../deno.json" with { type: "json" };
import { type Flag, flagConstraints, flagSyntax } from "../../config/flag.ts";
import { type CommandDefinition, streamCommand, subcommands } from "../commands.ts";
import { ExitCode, exitCodeMeanings } from "../exit_codes.ts";
import type { Output } from "../output.ts";
import {
  bold,
  italic,
  item,
  pageTitle,
  paragraphs,
  roffText,
  section,
  subsection,
  verbatim,
} from "./roff.ts";

const NAME = streamCommand.name;

/** Environment variables of the program. */
const ENVIRONMENT = {
  CVMMAP_SHIM: "Path of the native shim to load instead of the built-in one.",
  NOTIFY_SOCKET:
    "Socket on which the service manager receives notifications (sd_notify(3)), together with " +
    "`WATCHDOG_USEC` and `WATCHDOG_PID`.",
  DENO_CERT: "PEM file with an additional certificate authority to trust for rtmps.",
  DENO_TLS_CA_STORE: "If it is `system`, rtmps trusts the system's certificate authorities.",
} as const;

const FILES = {
  "/dev/shm/cvmmap_INSTANCE": "Shared memory segment of the producer of `--target INSTANCE`.",
  "/tmp/cvmmap_INSTANCE": "Socket of that producer.",
  "/etc/cvmmap-streamer/INSTANCE.conf":
    "Flags of the systemd service cvmmap-streamer@INSTANCE, for example `ARGS=--codec h264 ...`.",
} as const;

/** Runs the command `manual`: prints the source of the manual page to stdout. */
export function runManual(output: Output): Promise<number> {
  output.result(manual());
  return Promise.resolve(ExitCode.Success);
}

/** Returns the source of the manual page `cvmmap-streamer(1)`, generated from the command definitions. */
export function manual(): string {
  return [
    pageTitle(NAME, `${NAME} ${denoJson.version}`),
    // Align left, without hyphenation: the syntax of a flag must not be broken.
    ".ad l\n.nh",
    section("NAME", `${NAME} \\- camera frames from shared memory to the network, as video`),
    section("SYNOPSIS", ...[streamCommand, ...subcommands].map(synopsis)),
    section("DESCRIPTION", description()),
    section("OPTIONS", ...options(streamCommand), helpAndVersion()),
    section("COMMANDS", ...subcommands.map(command)),
    section("EXIT STATUS", ...exitStatus()),
    section("ENVIRONMENT", ...items(ENVIRONMENT)),
    section("FILES", ...items(FILES)),
    section("EXAMPLES", verbatim(...[streamCommand, ...subcommands].flatMap(examples))),
    section("SEE ALSO", "gst\\-inspect\\-1.0(1), ffplay(1), systemctl(1)"),
  ].join("\n") + "\n";
}

function synopsis({ name, usage }: CommandDefinition): string {
  const words = name === NAME ? [bold(NAME)] : [bold(NAME), bold(name)];
  const rest = usage === "" ? [] : [roffText(usage)];
  return [...words, ...rest].join(" ") + (name === subcommands.at(-1)?.name ? "" : "\n.br");
}

function description(): string {
  return paragraphs(
    roffText(streamCommand.description),
    roffText(
      "Results (session descriptions, test results) go to standard output; logs, status and summary " +
        "to standard error. SIGINT or SIGTERM shuts a run down cleanly; a second one ends it immediately.",
    ),
  );
}

function options({ flags }: CommandDefinition): string[] {
  const groups = Map.groupBy(flags, ({ group }) => group);
  return [...groups].map(([group, flags]) =>
    subsection(group.replace(/:$/, ""), ...flags.map(flagItem))
  );
}

function flagItem(flag: Flag): string {
  const [name = "", ...value] = flagSyntax(flag).split(" ");
  const placeholder = flag.kind === "choice" && flag.placeholder === undefined ? bold : italic;
  const term = [bold(name), ...value.map(placeholder)].join(" ");
  const { requires } = flag;
  const requirement = requires === undefined
    ? ""
    : ` Requires ${bold([`--${requires.flag}`, requires.value ?? ""].join(" ").trim())}.`;
  const constraints = flagConstraints(flag);
  const range = constraints === "" ? "" : ` (${roffText(constraints)})`;
  return item(term, `${roffText(flag.description)}${range}.${requirement}`);
}

function helpAndVersion(): string {
  return subsection(
    "Help",
    item(bold("--help"), "Print the help of a command."),
    item(bold("--version"), "Print the version."),
  );
}

function command(definition: CommandDefinition): string {
  const { name, aliases, description, usage } = definition;
  const also = aliases.length === 0 ? "" : ` Also called ${aliases.map(bold).join(", ")}.`;
  const groups = Map.groupBy(definition.flags, ({ group }) => group);
  return subsection(
    `${name} ${usage}`.trim(),
    roffText(description) + also,
    ...[...groups.values()].flat().map(flagItem),
  );
}

function exitStatus(): string[] {
  return Object.entries(exitCodeMeanings)
    .map(([code, { meaning, remedy }]) =>
      item(bold(code), roffText(`${meaning}. ${remedy.replace(/^Nothing\. /, "")}`))
    );
}

function items(table: Readonly<Record<string, string>>): string[] {
  return Object.entries(table).map(([term, text]) => item(bold(term), roffText(text)));
}

function examples({ examples }: CommandDefinition): readonly string[] {
  return examples;
}
