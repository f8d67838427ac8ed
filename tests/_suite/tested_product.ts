import { productCommand } from "../_harness/product.ts";
import { UsageError } from "./usage_error.ts";

/** What a suite tests: the product's command line, from the sources or as an executable. */
export interface ProductUnderTest {
  /** Which of them. */
  readonly kind: "sources" | "executable";
  /** The program to start. */
  readonly command: string;
  /** What goes before the product's own arguments. */
  readonly args: readonly string[];
  /** What it calls its version. */
  readonly version: string;
}

/**
 * Asks the product for its version.
 *
 * @param bin Path of the executable; the sources if undefined.
 * @throws {UsageError} If it cannot be run, or does not answer as the product does.
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
      `${command} is not cvmmap-streamer: --version ended with ${code} and said ` +
        `${JSON.stringify(text.slice(0, 80))}`,
    );
  }
  return { kind: bin === undefined ? "sources" : "executable", command, args, version };
}

/** A path for certain: a bare name would be looked for on PATH. */
function executable(bin: string): string {
  try {
    const path = Deno.realPathSync(bin);
    if (!Deno.statSync(path).isFile) throw new UsageError(`--bin ${bin} is no file`);
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
