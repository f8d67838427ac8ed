import { getLogger } from "@logtape/logtape";
import { readFleetConfiguration } from "../../config/file/fleet_configuration.ts";
import type { FileFacts } from "../../config/file/named_stream.ts";
import { type GivenFlags, readFlags } from "../../config/read_flags.ts";
import { serveFlags } from "../../config/serve_flags.ts";
import { Fleet } from "../../fleet/fleet.ts";
import { aborted } from "../../sleep.ts";
import { ExitCode } from "../exit_codes.ts";
import type { Output } from "../output.ts";
import { serviceEnvironment, startFleetNotifier } from "../service_notifier.ts";
import { runSession } from "../session.ts";
import { checkedConfiguration } from "./checked_configuration.ts";
import { startFleetReporter } from "./fleet_reporter.ts";
import { startServers, usableServerFiles } from "../servers.ts";
import { type ReadConfiguration, Reloader } from "./reloader.ts";
import { watchForReload } from "./reload_triggers.ts";

const logger = getLogger(["cvmmap", "cli"]);

/**
 * Runs the command `serve`: all streams of a configuration file in one process.
 *
 * @param path Path of the file.
 * @throws {StreamerError} With exit code 2: flags or file are not valid.
 */
export async function runServe(given: GivenFlags, output: Output, path: string): Promise<number> {
  const values = readFlags(serveFlags, given);
  const facts: FileFacts = {
    processId: Deno.pid,
    variable: (name) => Deno.env.get(name),
    readText: (name) => Deno.readTextFile(name),
    flags: given,
  };
  const read: ReadConfiguration = (onFile = () => {}) =>
    readFleetConfiguration(path, {
      ...facts,
      readText: (name) => {
        onFile(name);
        return facts.readText(name);
      },
    });
  const configuration = await read();
  const files = await usableServerFiles(configuration, configuration.placed);
  if (values["check"]) {
    output.result(checkedConfiguration(configuration));
    return ExitCode.Success;
  }
  const { log } = configuration;
  return await runSession(log, output, async (signal) => {
    const fleet = new Fleet();
    const reloader = new Reloader(fleet, read, configuration);
    // Until the streams have ended, SIGHUP must not end the process.
    using _triggers = watchForReload(reloader, values["watch"]);
    await using _fleet = fleet;
    const sendsTime = (name: string): boolean => reloader.sendsTime(name);
    await using _servers = await startServers(configuration, files, reloader, sendsTime);
    await reloader.start();
    await using _notifier = startFleetNotifier(fleet, {
      environment: serviceEnvironment((name) => Deno.env.get(name), Deno.pid),
      signal,
    });
    using _reporter = startFleetReporter(fleet, log, output);
    await Promise.race([fleet.ended(), aborted(signal)]);
    if (!signal.aborted) logger.info("All streams have ended");
    return ExitCode.Success;
  }, { survivesCrashes: true, reloads: true });
}
