import type { GivenFlags } from "../config/read_flags.ts";
import { simulateConfiguration } from "../config/simulate.ts";
import { ExitCode } from "../errors.ts";
import type { Output } from "./output.ts";
import { runSession } from "./session.ts";

/**
 * The command `simulate`: a producer until it has made its frames or a signal comes.
 *
 * @throws {StreamerError} With exit code 2: the flags are not valid.
 */
export function runSimulate(given: GivenFlags, output: Output): Promise<number> {
  const { simulation, log } = simulateConfiguration(given);
  return runSession(log, output, async (signal) => {
    const { runSimulator } = await import("../simulator/simulator.ts");
    await runSimulator(simulation, signal);
    return ExitCode.Success;
  });
}
