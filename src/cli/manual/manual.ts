import denoJson from "../../../deno.json" with { type: "json" };
import { type Flag, flagConstraints, flagSyntax } from "../../config/flag.ts";
import { exitCodeMeanings } from "../exit_codes.ts";
import type { CommandDefinition } from "../command_definition.ts";
import { streamCommand, subcommands } from "../commands.ts";
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

/** What the program reads from the environment. */
const ENVIRONMENT = {
  CVMMAP_SHIM: "Path of the native shim to load in place of the one that belongs to the program.",
  NOTIFY_SOCKET:
    "Where a service manager wants to hear that the stream is ready, lives and ends (sd_notify(3)); " +
    "`WATCHDOG_USEC` and `WATCHDOG_PID` go with it.",
  DENO_CERT: "File with a certificate authority to trust for rtmps, in PEM.",
  DENO_TLS_CA_STORE: "With `system`, the system's certificate authorities are trusted for rtmps.",
} as const;

const FILES = {
  "/dev/shm/cvmmap_INSTANCE": "Shared memory of the producer that `--target INSTANCE` names.",
  "/tmp/cvmmap_INSTANCE": "Its socket.",
  "/etc/cvmmap-streamer/INSTANCE.conf":
    "Flags for the service cvmmap-streamer@INSTANCE (systemd), as `ARGS=--codec h264 ...`.",
} as const;

/** The manual page `cvmmap-streamer(1)`, for man(1), made from the tables that the parser is made from. */
export function manual(): string {
  return [
    pageTitle(NAME, `${NAME} ${denoJson.version}`),
    // Words of a flag's syntax are not broken, and lines are not stretched.
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
        "to standard error. SIGINT or SIGTERM ends a run in good order, a second one at once.",
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
  const needed = requires === undefined
    ? ""
    : ` Goes with ${bold([`--${requires.flag}`, requires.value ?? ""].join(" ").trim())}.`;
  const constraints = flagConstraints(flag);
  const range = constraints === "" ? "" : ` (${roffText(constraints)})`;
  return item(term, `${roffText(flag.description)}${range}.${needed}`);
}

function helpAndVersion(): string {
  return subsection(
    "Help",
    item(bold("--help"), "Print the help of the command."),
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
