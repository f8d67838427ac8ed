import { getLogger } from "@logtape/logtape";
import type { GivenFlags } from "../config/read_flags.ts";
import { simulateConfiguration } from "../config/simulate.ts";
import { ConfigurationError } from "../errors.ts";
import { ExitCode } from "./exit_codes.ts";
import type { Output } from "./output.ts";
import { runSession } from "./session.ts";

const logger = getLogger(["cvmmap", "simulator"]);

/**
 * Runs the command `simulate`: a producer, until it has published its frames or is interrupted.
 *
 * @throws {StreamerError} With exit code 2 if the flags are not valid.
 */
export function runSimulate(given: GivenFlags, output: Output): Promise<number> {
  const { simulation, scriptPath, log } = simulateConfiguration(given);
  return runSession(log, output, async (signal) => {
    const { parseScript } = await import("../simulator/frame_plan.ts");
    const { runSimulator } = await import("../simulator/simulator.ts");
    const script = scriptPath === undefined
      ? {}
      : { script: parseScript(readScript(scriptPath), scriptPath) };
    const { shmName, zmqEndpoint, width, height, fps } = simulation;
    logger.info("Publishing frames in {shmName}, announced at {zmqEndpoint}: {what}", {
      shmName,
      zmqEndpoint,
      what: scriptPath ?? `${width}x${height} at ${fps} fps`,
    });
    const counts = await runSimulator({ ...simulation, ...script }, signal);
    logger.info(
      "Published {framesPublished} frames; skipped {slotsSkipped} because the simulator was late",
      { ...counts },
    );
    return ExitCode.Success;
  });
}

function readScript(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    const reason = error instanceof Deno.errors.NotFound
      ? "there is no such file"
      : error instanceof Error
      ? error.message
      : `${error}`;
    throw new ConfigurationError(`Cannot read the script ${JSON.stringify(path)}: ${reason}`);
  }
}
