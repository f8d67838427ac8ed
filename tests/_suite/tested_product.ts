import { productCommand } from "../_harness/product.ts";
import { UsageError } from "./usage_error.ts";

/** The product that a suite tests, run from its sources or as an executable. */
export interface ProductUnderTest {
  /** How the product runs. */
  readonly kind: "sources" | "executable";
  /** Program to start. */
  readonly command: string;
  /** Arguments before those of the product. */
  readonly args: readonly string[];
  /** Version that the product prints. */
  readonly version: string;
}

/**
 * Runs the product with `--version`, and returns how to start it.
 *
 * @param bin Path of the executable, or undefined for the sources.
 * @throws {UsageError} If it cannot be run, or prints something else.
 */
export async function productUnderTest(bin: string | undefined): Promise<ProductUnderTest> {
  const { command, args } = bin === undefined
    ? productCommand([])
    : { command: executable(bin), args: [] };
  const { code, stdout } = await output(command, [...args, "--version"]);
  const text = new TextDecoder().decode(stdout).trim();
  const version = /^cvmmap-streamer (\S+(?: \(.*\))?)$/.exec(text)?.[1];
  if (code !== 0 || version === undefined) {
    throw new UsageError(
      `${command} is not cvmmap-streamer: --version ended with ${code} and printed ` +
        `${JSON.stringify(text.slice(0, 80))}`,
    );
  }
  return { kind: bin === undefined ? "sources" : "executable", command, args, version };
}

/** Returns the absolute path of the executable; a bare name would be searched for in PATH. */
function executable(bin: string): string {
  try {
    const path = Deno.realPathSync(bin);
    if (!Deno.statSync(path).isFile) throw new UsageError(`--bin ${bin} is not a file`);
    return path;
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`--bin ${bin} cannot be found: expected the path of the executable`);
  }
}

async function output(command: string, args: string[]): Promise<Deno.CommandOutput> {
  try {
    return await new Deno.Command(command, { args, stdin: "null" }).output();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`${command} cannot be run: ${reason}`);
  }
}
