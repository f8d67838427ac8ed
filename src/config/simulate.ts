import { ConfigurationError } from "../errors.ts";
import { type LogConfiguration, logConfiguration } from "./log_flags.ts";
import { type GivenFlags, readFlags } from "./read_flags.ts";
import { simulateFlags } from "./simulate_flags.ts";
import { checkSimulation, type SimulationConfiguration } from "./simulation.ts";
import { requiredSourceAddress } from "./source.ts";

/** What the command `simulate` is to do. */
export interface SimulateConfiguration {
  /** The producer. */
  readonly simulation: SimulationConfiguration;
  /** File with the frames to make, in place of a pace. */
  readonly scriptPath: string | undefined;
  /** What is logged, and how. */
  readonly log: LogConfiguration;
}

/**
 * Reads the flags of the command `simulate`.
 *
 * @throws {StreamerError} If something is missing, not valid or contradictory.
 */
export function simulateConfiguration(given: GivenFlags): SimulateConfiguration {
  const values = readFlags(simulateFlags, given);
  const simulation: SimulationConfiguration = {
    ...requiredSourceAddress(values),
    ...(values["label"] === undefined ? {} : { label: values["label"] }),
    frames: values["frames"],
    fps: values["fps"],
    width: values["width"],
    height: values["height"],
    abi: values["abi"],
    pixelFormat: values["pixel-format"],
    startupDelayMs: values["startup-delay-ms"],
    timing: values["timing"],
    planes: values["planes"],
    encodedCodec: values["encoded-codec"],
    encodedGop: values["encoded-gop"],
    encodedBitrateKbps: values["encoded-bitrate"],
    encodedFaults: values["encoded-faults"],
  };
  checkSimulation(simulation);
  const scriptPath = values["script"];
  const other = ["fps", "timing", "planes"].find((name) => given.has(name));
  const coded = ["encoded-codec", "encoded-gop", "encoded-bitrate", "encoded-faults"]
    .find((name) => given.has(name));
  if (coded !== undefined && scriptPath === undefined && values["planes"] !== "encoded") {
    throw new ConfigurationError(`--${coded} needs --planes encoded, or a --script that has it`);
  }
  if (scriptPath !== undefined && other !== undefined) {
    throw new ConfigurationError(`--script and --${other} exclude each other: give one of them`);
  }
  return { simulation, scriptPath, log: logConfiguration(values) };
}
