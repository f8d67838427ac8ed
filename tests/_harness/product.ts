import denoJson from "../../deno.json" with { type: "json" };
import { Child } from "./child.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

/**
 * Returns the command that runs the product from its sources: the Deno that runs the tests, with
 * the permissions of the task `streamer`, which are also those of the executable.
 */
export function productCommand(
  args: readonly string[],
): { readonly command: string; readonly args: readonly string[] } {
  const [, ...denoArgs] = denoJson.tasks.streamer.command.split(" ");
  const main = denoArgs.pop();
  return { command: Deno.execPath(), args: [...denoArgs, `${ROOT}${main}`, ...args] };
}

/**
 * Starts the product from its sources.
 *
 * @param env Variables added to the environment.
 */
export function startProduct(
  args: readonly string[],
  signal: AbortSignal,
  env: Readonly<Record<string, string>> = {},
): Child {
  return new Child({
    name: `cvmmap-streamer ${args[0]}`,
    ...productCommand(args),
    env,
    signal,
  });
}
