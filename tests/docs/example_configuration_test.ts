import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { parse } from "smol-toml";
import * as v from "valibot";
import { readFleetConfiguration } from "../../src/config/file/fleet_configuration.ts";
import { FILE_SCHEMA } from "../../src/config/file/schema.ts";

const PATH = fileURLToPath(new URL("../../docs/example.toml", import.meta.url));

Deno.test("the example configuration can be used as it is", async () => {
  const { streams, http } = await readFleetConfiguration(PATH, {
    processId: 1,
    variable: () => undefined,
    readText: (path) => Deno.readTextFile(path),
  });
  assert.equal(http?.port, 9100);
  assert.deepEqual(streams.map(({ name, outputs }) => [name, outputs.length]), [["front", 2]]);
});

Deno.test("every key of the example configuration has a valid value", async () => {
  const text = await Deno.readTextFile(PATH);
  const { extends: bases, ...root } = parse(text.replaceAll(/^#(?=[a-z[])/gm, ""));
  assert.deepEqual(bases, ["base.toml"]);
  const { issues = [] } = v.safeParse(FILE_SCHEMA, root);
  assert.deepEqual(issues.map(({ message, path }) => [path?.at(-1)?.key, message]), []);
});
