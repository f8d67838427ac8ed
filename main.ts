import process from "node:process";
import { run } from "./src/cli/run.ts";

// Deno 2.4 warns users of what its own name resolution is made of.
Object.assign(process, { noDeprecation: true });

Deno.exit(await run(Deno.args));
