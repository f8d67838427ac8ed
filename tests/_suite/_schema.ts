import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import schema from "../../docs/evidence.schema.json" with { type: "json" };
import type { RefusalResult, Summary } from "./summary.ts";

const ajv = new Ajv2020({ strict: true, allowUnionTypes: true }).addSchema(schema);

/** Whether a value is a summary according to docs/evidence.schema.json. */
export const isSummary: ValidateFunction<Summary> = validator<Summary>("");

/** Whether a value is an entry of the summary's `refusals`. */
export const isRefusal: ValidateFunction<RefusalResult> = validator<RefusalResult>(
  "#/$defs/refusal",
);

function validator<T>(part: string): ValidateFunction<T> {
  const found = ajv.getSchema<T>(`${schema.$id}${part}`);
  if (found === undefined) throw new Error(`The schema has no part ${part}`);
  return found;
}
