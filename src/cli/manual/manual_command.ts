import { ExitCode } from "../exit_codes.ts";
import type { Output } from "../output.ts";
import { manual } from "./manual.ts";

/** The command `manual`: the manual page's source on stdout. */
export function runManual(output: Output): Promise<number> {
  output.result(manual());
  return Promise.resolve(ExitCode.Success);
}
