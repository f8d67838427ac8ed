import process from "node:process";
import { run } from "./src/cli/run.ts";

// Deno 2.4 prints a deprecation warning for its own implementation of name resolution.
Object.assign(process, { noDeprecation: true });

Deno.exit(await run(Deno.args));
