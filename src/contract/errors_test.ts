import assert from "node:assert/strict";
import { StreamerError } from "../errors.ts";
import { quote } from "./_quote.ts";
import { ContractError } from "./errors.ts";

Deno.test("ContractError is a StreamerError with the code of the violated rule", () => {
  const error = new ContractError("v1_depth", "Unknown depth");
  assert(error instanceof StreamerError);
  assert.equal(error.name, "ContractError");
  assert.equal(error.code, "v1_depth");
});

Deno.test("quote returns one line and truncates long text", () => {
  assert.equal(quote('a"b\n\u0085\u2028\u007f'), '"a\\"b\\n\\u0085\\u2028\\u007f"');
  assert.equal(quote("x".repeat(5000)).length, 125);
});
