import { ConfigurationError } from "../errors.ts";
import { type LogConfiguration, logConfiguration } from "./common_flags.ts";
import { type GivenFlags, readFlags } from "./read_flags.ts";
import { simulateFlags } from "./simulate_flags.ts";
import { checkSimulation, type SimulationConfiguration } from "./simulation.ts";
import { requiredSourceAddress } from "./source.ts";

/** Configuration of the command `simulate`. */
export interface SimulateConfiguration {
  /** The producer. */
  readonly simulation: SimulationConfiguration;
  /** Path of a script that lists the frames, instead of a frame rate. */
  readonly scriptPath: string | undefined;
  /** Configuration of the logs. */
  readonly log: LogConfiguration;
}

/**
 * Reads the flags of the command `simulate`.
 *
 * @throws {StreamerError} If a value is missing or not valid, or if flags contradict each other.
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
  const encoded = ["encoded-codec", "encoded-gop", "encoded-bitrate", "encoded-faults"]
    .find((name) => given.has(name));
  if (encoded !== undefined && scriptPath === undefined && values["planes"] !== "encoded") {
    throw new ConfigurationError(
      `--${encoded} needs --planes encoded, or a --script with access units`,
    );
  }
  if (scriptPath !== undefined && other !== undefined) {
    throw new ConfigurationError(`--script and --${other} exclude each other: give one of them`);
  }
  return { simulation, scriptPath, log: logConfiguration(values) };
}
