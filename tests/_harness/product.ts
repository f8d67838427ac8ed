import denoJson from "../../deno.json" with { type: "json" };
import { Child } from "./child.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

/**
 * Starts the product's command line from the sources, under the Deno that runs the tests and with the
 * permissions of the task `streamer`, which are those of the executable.
 *
 * @param env Added to the environment.
 */
export function startProduct(
  args: readonly string[],
  signal: AbortSignal,
  env: Readonly<Record<string, string>> = {},
): Child {
  const [, ...denoArgs] = denoJson.tasks.streamer.command.split(" ");
  const main = denoArgs.pop();
  return new Child({
    name: `cvmmap-streamer ${args[0]}`,
    command: Deno.execPath(),
    args: [...denoArgs, `${ROOT}${main}`, ...args],
    env,
    signal,
  });
}
